import { op } from "../op.ts";
import { fits, sameShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { drawMoments, eachNumber, epsOf, groupsOf, type Normalisation, normParams } from "./normalisation.ts";

/**
 * Gradient of batch normalisation with respect to its input, statistics included: with n rows a group,
 *
 *     dx = gamma / sqrt(var + eps) * (dy - sum(dy) / n - xhat * sum(dy xhat) / n)
 *
 *     x [N, ..., C], moments [groups, 2, C], gamma [C], beta [C], dy like x, sums [groups, 2, C]: of dy and of dy xhat -> dx like x
 *
 * With relu, dy counts only where xhat * gamma + beta > 0, as it does in the sums.
 */
export const batchNormInputGrad = op<
  [x: Tensor, moments: Tensor, gamma: Tensor, beta: Tensor, dy: Tensor, sums: Tensor],
  Normalisation
>({
  name: "batchNormInputGrad",

  shape([x, moments, gamma, beta, dy, sums]) {
    groupsOf("batchNormInputGrad", x, moments);
    fits(sameShape(x, dy), "batchNormInputGrad", "input and gradient differ", x, dy);
    fits(sameShape(moments, sums), "batchNormInputGrad", "sums do not fit the moments", moments, sums);
    fits(gamma.length === 1 && gamma[0] === x.at(-1), "batchNormInputGrad", "one gamma a channel", x, gamma);
    fits(sameShape(gamma, beta), "batchNormInputGrad", "one beta a channel", x, beta);
    return x;
  },

  params: ([x, moments], _y, attributes) => normParams(x, moments[0], attributes),
  floats: epsOf,

  reference([x, moments, gamma, beta, dy, sums], dx, p) {
    eachNumber(p, (at, c, first, second) => {
      const scale = 1 / Math.sqrt(moments[second] + p.eps);
      const xhat = (x[at] - moments[first]) * scale;
      const open = !p.relu || xhat * gamma[c] + beta[c] > 0 ? dy[at] : 0;
      dx[at] = gamma[c] * scale * (open - sums[first] / p.rows - (xhat * sums[second]) / p.rows);
    });
  },

  draw: [undefined, drawMoments],
  examples: [
    [[[2, 1], [1, 2, 1], [1], [1], [2, 1], [1, 2, 1]], {}], // the smallest
    [[[6, 3, 5, 13], [2, 2, 13], [13], [13], [6, 3, 5, 13], [2, 2, 13]], {}],
    [[[6, 3, 5, 13], [2, 2, 13], [13], [13], [6, 3, 5, 13], [2, 2, 13]], { relu: true }],
    [[[8, 9, 9, 20], [1, 2, 20], [20], [20], [8, 9, 9, 20], [1, 2, 20]], { eps: 0.1 }], // several chunks
    [[[8, 9, 9, 20], [1, 2, 20], [20], [20], [8, 9, 9, 20], [1, 2, 20]], { eps: 0.1, relu: true }],
  ],
});
