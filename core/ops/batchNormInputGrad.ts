import { op } from "../op.ts";
import { fits, sameShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { chunkParams, drawMoments, groupsOf, type Normalisation } from "./normalisation.ts";

/**
 * Gradient of batch normalisation with respect to its input, statistics included: with n rows a group,
 *
 *     dx = gamma / sqrt(var + eps) * (dy - sum(dy) / n - xhat * sum(dy xhat) / n)
 *
 *     x [N, ..., C], moments [groups, 2, C], gamma [C], dy like x, sums [groups, 2, C]: of dy and of dy xhat -> dx like x
 */
export const batchNormInputGrad = op<
  [x: Tensor, moments: Tensor, gamma: Tensor, dy: Tensor, sums: Tensor],
  Normalisation
>({
  name: "batchNormInputGrad",

  shape([x, moments, gamma, dy, sums]) {
    groupsOf("batchNormInputGrad", x, moments);
    fits(sameShape(x, dy), "batchNormInputGrad", "input and gradient differ", x, dy);
    fits(sameShape(moments, sums), "batchNormInputGrad", "sums do not fit the moments", moments, sums);
    fits(gamma.length === 1 && gamma[0] === x.at(-1), "batchNormInputGrad", "one gamma a channel", x, gamma);
    return x;
  },

  params: ([x, moments]) => chunkParams(x, moments[0]),
  floats: ({ eps = 1e-5 }) => ({ eps }),

  reference([x, moments, gamma, dy, sums], dx, { groups, rows, channels, eps }) {
    for (let g = 0; g < groups; g++)
      for (let r = 0; r < rows; r++)
        for (let c = 0; c < channels; c++) {
          const at = (g * rows + r) * channels + c;
          const [first, second] = [g * 2 * channels + c, (g * 2 + 1) * channels + c];
          const scale = 1 / Math.sqrt(moments[second] + eps);
          const xhat = (x[at] - moments[first]) * scale;
          dx[at] = gamma[c] * scale * (dy[at] - sums[first] / rows - (xhat * sums[second]) / rows);
        }
  },

  draw: [undefined, drawMoments],
  examples: [
    [[[2, 1], [1, 2, 1], [1], [2, 1], [1, 2, 1]], {}], // the smallest
    [[[6, 3, 5, 13], [2, 2, 13], [13], [6, 3, 5, 13], [2, 2, 13]], {}],
    [[[8, 9, 9, 20], [1, 2, 20], [20], [8, 9, 9, 20], [1, 2, 20]], { eps: 0.1 }], // several chunks
  ],
});
