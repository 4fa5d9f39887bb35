import { type Grads, op } from "../op.ts";
import { fits } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { batchNormGrads } from "./batchNormGrads.ts";
import { drawMoments, eachNumber, epsOf, groupsOf, type Normalisation, normParams } from "./normalisation.ts";

/**
 * Batch normalisation by the statistics of each group of samples: y = (x - mean) / sqrt(var + eps) * gamma + beta, and
 * max(y, 0) with relu.
 *
 *     x [N, ..., C], moments [groups, 2, C] of this very x, gamma [C], beta [C] -> y like x
 *
 * The gradient flows through the statistics too, which is why they must be those of x (`mergeMoments`). Where a rectified
 * output was open is computed again: that reads less than the output would be.
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

  params: ([x, moments], _y, attributes) => normParams(x, moments[0], attributes),
  floats: epsOf,

  reference([x, moments, gamma, beta], y, p) {
    eachNumber(p, (at, c, mean, variance) => {
      const value = ((x[at] - moments[mean]) / Math.sqrt(moments[variance] + p.eps)) * gamma[c] + beta[c];
      y[at] = p.relu ? Math.max(value, 0) : value;
    });
  },

  grad(dy, _y, [x, moments, gamma, beta], attributes): Grads {
    const { dx, dgamma, dbeta } = batchNormGrads(x, moments, gamma, beta, dy, attributes);
    return [dx, null, dgamma, dbeta];
  },

  draw: [undefined, drawMoments],
  derived: [1],
  examples: [
    [[[4, 3], [1, 2, 3], [3], [3]], {}],
    [[[2, 1], [1, 2, 1], [1], [1]], {}], // the smallest
    [[[6, 3, 5, 13], [2, 2, 13], [13], [13]], {}],
    [[[6, 3, 5, 13], [2, 2, 13], [13], [13]], { relu: true }],
    [[[8, 9, 9, 20], [1, 2, 20], [20], [20]], { eps: 0.1 }], // several chunks
    [[[8, 9, 9, 20], [2, 2, 20], [20], [20]], { eps: 0.1, relu: true }],
  ],
});
