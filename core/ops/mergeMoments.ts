import { op } from "../op.ts";
import { fits } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { CHUNK } from "./normalisation.ts";

/**
 * Mean and biased variance of all rows from those of chunks: with n_k rows in chunk k of n,
 *
 *     mean = sum of n_k mean_k / n,   var = sum of (squares_k + n_k (mean_k - mean)^2) / n
 *
 *     moments [groups, chunks, 2, C] -> [groups, 2, C]
 *
 * Chan, Golub and LeVeque 1983. https://doi.org/10.1080/00031305.1983.10483115
 */
export const mergeMoments = op<[moments: Tensor], { rows: number }>({
  name: "mergeMoments",

  shape([moments], { rows }) {
    const holds = moments.length === 4 && moments[2] === 2 && moments[1] === Math.ceil(rows / CHUNK);
    fits(holds, "mergeMoments", `not the chunks of ${rows} rows`, moments);
    return [moments[0], 2, moments[3]];
  },

  params: ([[groups, chunks, , channels]], _y, { rows }) => ({
    groups,
    chunks,
    rows,
    chunk: CHUNK,
    channels,
  }),

  reference([moments], y, { groups, chunks, rows, chunk, channels }) {
    for (let g = 0; g < groups; g++)
      for (let c = 0; c < channels; c++) {
        const at = (k: number, row: number) => moments[((g * chunks + k) * 2 + row) * channels + c];
        const count = (k: number) => Math.min(rows, (k + 1) * chunk) - k * chunk;
        let mean = 0;
        for (let k = 0; k < chunks; k++) mean += (count(k) * at(k, 0)) / rows;
        let variance = 0;
        for (let k = 0; k < chunks; k++) variance += (at(k, 1) + count(k) * (at(k, 0) - mean) ** 2) / rows;
        y[(g * 2 + 0) * channels + c] = mean;
        y[(g * 2 + 1) * channels + c] = variance;
      }
  },

  examples: [
    [[[1, 1, 2, 1]], { rows: 2 }], // the smallest
    [[[1, 1, 2, 7]], { rows: 200 }],
    [[[2, 5, 2, 13]], { rows: 4 * CHUNK + 3 }], // a last chunk that is not full
    [[[3, 40, 2, 65]], { rows: 40 * CHUNK }],
  ],
});
