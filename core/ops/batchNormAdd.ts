import { type Grads, op } from "../op.ts";
import { fits, sameShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { batchNormGrads } from "./batchNormGrads.ts";
import { drawMoments, eachNumber, epsOf, groupsOf, normParams } from "./normalisation.ts";
import { reluGrad } from "./reluGrad.ts";

/**
 * The end of a residual block: y = max((x - mean) / sqrt(var + eps) * gamma + beta + residual, 0).
 *
 *     x [N, ..., C], moments [groups, 2, C] of this very x, gamma [C], beta [C], residual like x -> y like x
 *
 * He et al. 2016, figure 2 (https://arxiv.org/abs/1512.03385); otherwise as `batchNorm`.
 */
export const batchNormAdd = op<
  [x: Tensor, moments: Tensor, gamma: Tensor, beta: Tensor, residual: Tensor],
  { eps?: number }
>({
  name: "batchNormAdd",

  shape([x, moments, gamma, beta, residual]) {
    groupsOf("batchNormAdd", x, moments);
    const C = x.at(-1);
    fits(gamma.length === 1 && gamma[0] === C, "batchNormAdd", "one gamma a channel", x, gamma);
    fits(beta.length === 1 && beta[0] === C, "batchNormAdd", "one beta a channel", x, beta);
    fits(sameShape(x, residual), "batchNormAdd", "input and residual differ", x, residual);
    return x;
  },

  params: ([x, moments]) => normParams(x, moments[0], { relu: true }),
  floats: epsOf,

  reference([x, moments, gamma, beta, residual], y, p) {
    eachNumber(p, (at, c, mean, variance) => {
      const normal = ((x[at] - moments[mean]) / Math.sqrt(moments[variance] + p.eps)) * gamma[c] + beta[c];
      y[at] = Math.max(normal + residual[at], 0);
    });
  },

  grad(dy, y, [x, moments, gamma, beta], { eps }): Grads {
    const open = reluGrad(dy, y); // what the residual gets
    const { dx, dgamma, dbeta } = batchNormGrads(x, moments, gamma, beta, open, { eps });
    return [dx, null, dgamma, dbeta, open];
  },

  draw: [undefined, drawMoments],
  derived: [1],
  examples: [
    [[[2, 1], [1, 2, 1], [1], [1], [2, 1]], {}], // the smallest
    [[[6, 3, 5, 13], [2, 2, 13], [13], [13], [6, 3, 5, 13]], {}],
    [[[8, 9, 9, 20], [1, 2, 20], [20], [20], [8, 9, 9, 20]], { eps: 0.1 }], // several chunks
  ],
});
