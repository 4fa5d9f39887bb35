import { op } from "../op.ts";
import { fits, sameShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { chunkParams, chunksOf, drawMoments, groupsOf, type Normalisation } from "./normalisation.ts";

/**
 * The two sums that all gradients of batch normalisation need, per chunk of rows: of dy, and of dy * xhat with
 * xhat = (x - mean) / sqrt(var + eps).
 *
 *     x [N, ..., C], moments [groups, 2, C], dy like x -> [groups, chunks, 2, C]
 */
export const batchNormGradSums = op<[x: Tensor, moments: Tensor, dy: Tensor], Normalisation>({
  name: "batchNormGradSums",

  shape([x, moments, dy]) {
    const groups = groupsOf("batchNormGradSums", x, moments);
    fits(sameShape(x, dy), "batchNormGradSums", "input and gradient differ", x, dy);
    return [groups, chunksOf(x, groups).chunks, 2, x.at(-1)!];
  },

  params: ([x, moments]) => chunkParams(x, moments[0]),
  floats: ({ eps = 1e-5 }) => ({ eps }),

  reference([x, moments, dy], y, { groups, chunks, rows, chunk, channels, eps }) {
    y.fill(0);
    for (let g = 0; g < groups; g++)
      for (let r = 0; r < rows; r++)
        for (let c = 0; c < channels; c++) {
          const at = (g * rows + r) * channels + c;
          const mean = moments[g * 2 * channels + c];
          const variance = moments[(g * 2 + 1) * channels + c];
          const out = (g * chunks + Math.floor(r / chunk)) * 2 * channels + c;
          y[out] += dy[at];
          y[out + channels] += (dy[at] * (x[at] - mean)) / Math.sqrt(variance + eps);
        }
  },

  draw: [undefined, drawMoments],
  examples: [
    [
      [
        [2, 1],
        [1, 2, 1],
        [2, 1],
      ],
      {},
    ], // the smallest
    [
      [
        [6, 3, 5, 13],
        [2, 2, 13],
        [6, 3, 5, 13],
      ],
      {},
    ],
    [
      [
        [8, 9, 9, 20],
        [1, 2, 20],
        [8, 9, 9, 20],
      ],
      { eps: 0.1 },
    ], // several chunks
  ],
});
