import { op } from "../op.ts";
import { fits } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { integers } from "./draw.ts";

/**
 * Weighted sums of rows that indices name: dq[n, d] = sum over k of dy[n, k] * bank[indices[n, k], d].
 *
 *     dy [N, K], bank [M, D], indices u32 [N, K], each below M -> dq [N, D]
 */
export const gatherDotGrad = op<[dy: Tensor, bank: Tensor, indices: Tensor]>({
  name: "gatherDotGrad",
  inputs: ["f32", "f32", "u32"],

  shape([dy, bank, indices]) {
    fits(dy.length === 2 && bank.length === 2, "gatherDotGrad", "dy and bank must be matrices", dy, bank);
    const indexed = indices.length === 2 && indices[0] === dy[0] && indices[1] === dy[1];
    fits(indexed, "gatherDotGrad", "one index a weight", dy, indices);
    return [dy[0], bank[1]];
  },

  params: ([[N, K]], [, D]) => ({ N, K, D }),

  reference([dy, bank, indices], dq, { N, K, D }) {
    dq.fill(0);
    for (let n = 0; n < N; n++)
      for (let k = 0; k < K; k++)
        for (let d = 0; d < D; d++) dq[n * D + d] += dy[n * K + k] * bank[indices[n * K + k] * D + d];
  },

  draw: [undefined, undefined, (uniform, [N, K]) => integers(uniform, N * K, 4)], // all banks have four rows or more
  examples: [
    [
      [
        [2, 5],
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
        [5, 131],
        [17, 37],
        [5, 131],
      ],
      {},
    ],
    [
      [
        [33, 3],
        [9, 6],
        [33, 3],
      ],
      {},
    ],
    [
      [
        [3, 70],
        [4, 260],
        [3, 70],
      ],
      {},
    ],
    [
      [
        [8, 4099],
        [50, 128],
        [8, 4099],
      ],
      {},
    ],
  ],
});
