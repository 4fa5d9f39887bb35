import { op } from "../op.ts";
import { fits, sameShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import {
  chunksOf,
  drawMoments,
  eachNumber,
  epsOf,
  groupsOf,
  type Normalisation,
  normParams,
} from "./normalisation.ts";

/**
 * The two sums that all gradients of batch normalisation need, per chunk of rows: of dy, and of dy * xhat with
 * xhat = (x - mean) / sqrt(var + eps). With relu, only where xhat * gamma + beta > 0.
 *
 *     x [N, ..., C], moments [groups, 2, C], gamma [C], beta [C], dy like x -> [groups, chunks, 2, C]
 */
export const batchNormGradSums = op<
  [x: Tensor, moments: Tensor, gamma: Tensor, beta: Tensor, dy: Tensor],
  Normalisation
>({
  name: "batchNormGradSums",

  shape([x, moments, gamma, beta, dy]) {
    const groups = groupsOf("batchNormGradSums", x, moments);
    fits(sameShape(x, dy), "batchNormGradSums", "input and gradient differ", x, dy);
    fits(gamma.length === 1 && gamma[0] === x.at(-1), "batchNormGradSums", "one gamma a channel", x, gamma);
    fits(sameShape(gamma, beta), "batchNormGradSums", "one beta a channel", x, beta);
    return [groups, chunksOf(x, groups).chunks, 2, x.at(-1)!];
  },

  params: ([x, moments], _y, attributes) => normParams(x, moments[0], attributes),
  floats: epsOf,

  reference([x, moments, gamma, beta, dy], y, p) {
    y.fill(0);
    eachNumber(p, (at, c, mean, variance, r, g) => {
      const xhat = (x[at] - moments[mean]) / Math.sqrt(moments[variance] + p.eps);
      if (p.relu && xhat * gamma[c] + beta[c] <= 0) return;
      const out = (g * p.chunks + Math.floor(r / p.chunk)) * 2 * p.channels + c;
      y[out] += dy[at];
      y[out + p.channels] += dy[at] * xhat;
    });
  },

  draw: [undefined, drawMoments],
  examples: [
    [[[2, 1], [1, 2, 1], [1], [1], [2, 1]], {}], // the smallest
    [[[6, 3, 5, 13], [2, 2, 13], [13], [13], [6, 3, 5, 13]], {}],
    [[[6, 3, 5, 13], [2, 2, 13], [13], [13], [6, 3, 5, 13]], { relu: true }],
    [[[8, 9, 9, 20], [1, 2, 20], [20], [20], [8, 9, 9, 20]], { eps: 0.1 }], // several chunks
    [[[8, 9, 9, 20], [1, 2, 20], [20], [20], [8, 9, 9, 20]], { eps: 0.1, relu: true }],
  ],
});
