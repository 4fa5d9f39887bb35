import { op } from "../op.ts";
import { fits } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { integers } from "./draw.ts";

/**
 * What indices name, row by row: y[n, i] = x[n, indices[n, i]].
 *
 *     x [N, M], indices u32 [N, k], each below M -> y [N, k]
 */
export const takeAlong = op<[x: Tensor, indices: Tensor]>({
  name: "takeAlong",
  inputs: ["f32", "u32"],

  shape([x, indices]) {
    fits(x.length === 2 && indices.length === 2, "takeAlong", "both inputs must be matrices", x, indices);
    fits(x[0] === indices[0], "takeAlong", "as many rows of indices as of values", x, indices);
    return indices;
  },

  params: ([[N, M], [, k]]) => ({ N, M, k }),

  reference([x, indices], y, { N, M, k }) {
    for (let n = 0; n < N; n++) for (let i = 0; i < k; i++) y[n * k + i] = x[n * M + indices[n * k + i]];
  },

  draw: [undefined, (uniform, [N, k], [x]) => integers(uniform, N * k, x.length / N)],
  examples: [
    [
      [
        [2, 5],
        [2, 3],
      ],
      {},
    ],
    [
      [
        [1, 1],
        [1, 1],
      ],
      {},
    ], // the smallest
    [
      [
        [33, 70],
        [33, 129],
      ],
      {},
    ],
  ],
});
