import { op } from "../op.ts";
import { fits } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { integers } from "./draw.ts";
import { gatherDotGrad } from "./gatherDotGrad.ts";

/**
 * Products with rows that indices name: y[n, k] = sum over d of q[n, d] * bank[indices[n, k], d].
 *
 *     q [N, D], bank [M, D], indices u32 [N, K], each below M -> y [N, K]
 *
 * Similarities to negatives of a memory bank: the rows [N, K, D] are never in memory. Only q learns.
 */
export const gatherDot = op<[q: Tensor, bank: Tensor, indices: Tensor]>({
  name: "gatherDot",
  inputs: ["f32", "f32", "u32"],

  shape([q, bank, indices]) {
    fits(q.length === 2 && bank.length === 2, "gatherDot", "q and bank must be matrices", q, bank);
    fits(q[1] === bank[1], "gatherDot", "rows have the bank's extent", q, bank);
    fits(
      indices.length === 2 && indices[0] === q[0],
      "gatherDot",
      "a row of indices for each of q",
      q,
      indices,
    );
    return indices;
  },

  params: ([[N, D]], [, K]) => ({ N, K, D }),

  reference([q, bank, indices], y, { N, K, D }) {
    for (let n = 0; n < N; n++)
      for (let k = 0; k < K; k++) {
        const row = indices[n * K + k] * D;
        let sum = 0;
        for (let d = 0; d < D; d++) sum += q[n * D + d] * bank[row + d];
        y[n * K + k] = sum;
      }
  },

  grad: (dy, _y, [, bank, indices]) => [gatherDotGrad(dy, bank, indices), null, null],

  draw: [undefined, undefined, (uniform, [N, K]) => integers(uniform, N * K, 4)], // all banks have four rows or more
  examples: [
    [
      [
        [2, 3],
        [4, 3],
        [2, 5],
      ],
      {},
    ],
    [
      [
        [1, 1],
        [4, 1],
        [1, 1],
      ],
      {},
    ], // the smallest
    [
      [
        [5, 37],
        [17, 37],
        [5, 131],
      ],
      {},
    ],
    [
      [
        [33, 6],
        [9, 6],
        [33, 3],
      ],
      {},
    ],
    [
      [
        [3, 260],
        [4, 260],
        [3, 70],
      ],
      {},
    ],
    [
      [
        [8, 128],
        [50, 128],
        [8, 4096],
      ],
      {},
    ],
  ],
});
