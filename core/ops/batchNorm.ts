import { type Grads, op } from "../op.ts";
import { fits } from "../shape.ts";
import { reshape, type Tensor } from "../tensor.ts";
import { batchNormGradSums } from "./batchNormGradSums.ts";
import { batchNormInputGrad } from "./batchNormInputGrad.ts";
import { chunkParams, drawMoments, groupsOf, type Normalisation } from "./normalisation.ts";
import { slice } from "./slice.ts";
import { sum } from "./sum.ts";

/**
 * Batch normalisation by the statistics of each group of samples: y = (x - mean) / sqrt(var + eps) * gamma + beta.
 *
 *     x [N, ..., C], moments [groups, 2, C] of this very x, gamma [C], beta [C] -> y like x
 *
 * The gradient flows through the statistics too, which is why they must be those of x (`mergeMoments`).
 * Ioffe and Szegedy 2015. https://arxiv.org/abs/1502.03167
 */
export const batchNorm = op<[x: Tensor, moments: Tensor, gamma: Tensor, beta: Tensor], Normalisation>({
  name: "batchNorm",

  shape([x, moments, gamma, beta]) {
    groupsOf("batchNorm", x, moments);
    const C = x.at(-1);
    fits(gamma.length === 1 && gamma[0] === C, "batchNorm", "one gamma a channel", x, gamma);
    fits(beta.length === 1 && beta[0] === C, "batchNorm", "one beta a channel", x, beta);
    return x;
  },

  params: ([x, moments]) => chunkParams(x, moments[0]),
  floats: ({ eps = 1e-5 }) => ({ eps }),

  reference([x, moments, gamma, beta], y, { groups, rows, channels, eps }) {
    for (let g = 0; g < groups; g++)
      for (let r = 0; r < rows; r++)
        for (let c = 0; c < channels; c++) {
          const at = (g * rows + r) * channels + c;
          const mean = moments[g * 2 * channels + c];
          const variance = moments[(g * 2 + 1) * channels + c];
          y[at] = ((x[at] - mean) / Math.sqrt(variance + eps)) * gamma[c] + beta[c];
        }
  },

  grad(dy, _y, [x, moments, gamma], attributes): Grads {
    const sums = sum(batchNormGradSums(x, moments, dy, attributes), { from: 1, to: 2 }); // [groups, 2, C]
    const total = sum(sums, { from: 0, to: 1 }); // [2, C]
    const row = (start: number) => reshape(slice(total, { start, count: 1 }), gamma.shape);
    return [batchNormInputGrad(x, moments, gamma, dy, sums, attributes), null, row(1), row(0)];
  },

  draw: [undefined, drawMoments],
  derived: [1],
  examples: [
    [[[4, 3], [1, 2, 3], [3], [3]], {}],
    [[[2, 1], [1, 2, 1], [1], [1]], {}], // the smallest
    [[[6, 3, 5, 13], [2, 2, 13], [13], [13]], {}],
    [[[8, 9, 9, 20], [1, 2, 20], [20], [20]], { eps: 0.1 }], // several chunks
  ],
});
