import { op } from "../op.ts";
import { fits } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { chunkParams, chunksOf } from "./normalisation.ts";

/**
 * Per channel and chunk of rows: the mean, and the sum of squared deviations from it. Squares of deviations, not
 * deviations of squares: nothing cancels. `mergeMoments` makes mean and variance of them.
 *
 *     x [N, ..., C] -> moments [groups, chunks, 2, C]
 */
export const batchMoments = op<[x: Tensor], { groups: number }>({
  name: "batchMoments",

  shape([x], { groups }) {
    fits(x.length >= 2 && x[0] % groups === 0, "batchMoments", `samples do not make ${groups} groups`, x);
    return [groups, chunksOf(x, groups).chunks, 2, x.at(-1)!];
  },

  params: ([x], _y, { groups }) => chunkParams(x, groups),

  reference([x], y, { groups, chunks, rows, chunk, channels }) {
    for (let g = 0; g < groups; g++)
      for (let k = 0; k < chunks; k++)
        for (let c = 0; c < channels; c++) {
          const [first, last] = [k * chunk, Math.min(rows, (k + 1) * chunk)];
          let mean = 0;
          for (let r = first; r < last; r++) mean += x[(g * rows + r) * channels + c] / (last - first);
          let squares = 0;
          for (let r = first; r < last; r++) squares += (x[(g * rows + r) * channels + c] - mean) ** 2;
          y[((g * chunks + k) * 2 + 0) * channels + c] = mean;
          y[((g * chunks + k) * 2 + 1) * channels + c] = squares;
        }
  },

  examples: [
    [[[2, 3]], { groups: 1 }],
    [[[2, 1]], { groups: 1 }], // the smallest
    [[[6, 7, 5, 13]], { groups: 2 }],
    [[[4, 16, 16, 20]], { groups: 1 }], // several chunks
    [[[4, 17, 16, 9]], { groups: 4 }], // a last chunk that is not full
  ],
});
