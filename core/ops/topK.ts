import { op } from "../op.ts";
import { fits } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { integers } from "./draw.ts";

/** What a workgroup can sort in the 16 KiB that every WebGPU device has. */
const MOST = 1024;

/**
 * Indices of the k largest of each row, the largest first, ties to the lower index.
 *
 *     x [N, M] -> indices u32 [N, k], k <= M and k <= 1024
 *
 * A row must hold no NaN.
 */
export const topK = op<[x: Tensor], { k: number }>({
  name: "topK",
  output: "u32",

  shape([x], { k }) {
    fits(x.length === 2, "topK", "the input must be a matrix", x);
    fits(
      k >= 1 && k <= Math.min(x[1], MOST),
      "topK",
      `k = ${k} must be from 1 to ${Math.min(x[1], MOST)}`,
      x,
    );
    return [x[0], k];
  },

  params: ([[N, M]], _y, { k }) => ({ N, M, k }),

  reference([x], y, { N, M, k }) {
    for (let n = 0; n < N; n++) {
      const row = x.subarray(n * M, (n + 1) * M);
      const order = Array.from(row.keys()).sort((i, j) => row[j] - row[i] || i - j);
      y.set(order.slice(0, k), n * k);
    }
  },

  draw: [(uniform, [N, M]) => integers(uniform, N * M, M).map((value) => value / 4 - M / 8)], // many ties, both signs
  examples: [
    [[[2, 5]], { k: 3 }],
    [[[1, 1]], { k: 1 }], // the smallest
    [[[7, 33]], { k: 33 }], // a sort
    [[[3, 1300]], { k: 1024 }],
    [[[5, 777]], { k: 20 }],
    [[[16, 10000]], { k: 200 }], // nearest neighbours
  ],
});
