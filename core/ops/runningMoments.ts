import { op } from "../op.ts";
import { fits } from "../shape.ts";
import type { Tensor } from "../tensor.ts";

/**
 * What a step contributes to running statistics: the groups' mean of means, and of unbiased variances n / (n - 1) var.
 *
 *     moments [groups, 2, C] of n rows each -> [2, C]
 */
export const runningMoments = op<[moments: Tensor], { rows: number }>({
  name: "runningMoments",

  shape([moments]) {
    fits(
      moments.length === 3 && moments[1] === 2,
      "runningMoments",
      "needs a mean and a variance a group",
      moments,
    );
    return moments.slice(1);
  },

  params: ([[groups, , channels]]) => ({ groups, channels }),
  floats: ({ rows }) => ({ unbias: rows / Math.max(1, rows - 1) }),

  reference([moments], y, { groups, channels, unbias }) {
    y.fill(0);
    for (let g = 0; g < groups; g++)
      for (let c = 0; c < channels; c++) {
        y[c] += moments[g * 2 * channels + c] / groups;
        y[channels + c] += (moments[(g * 2 + 1) * channels + c] * unbias) / groups;
      }
  },

  examples: [
    [[[1, 2, 1]], { rows: 2 }], // the smallest
    [[[4, 2, 33]], { rows: 64 }],
  ],
});
