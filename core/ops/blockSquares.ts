import { op } from "../op.ts";
import { fits } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { BLOCK, blocksOf } from "./owners.ts";

/**
 * Sum of squares of each block of 64 numbers: the first half of a norm over a large vector.
 *
 *     x [P] -> y [P / 64], the last block shorter where P is no multiple
 */
export const blockSquares = op<[x: Tensor]>({
  name: "blockSquares",

  shape([x]) {
    fits(x.length === 1, "blockSquares", "the input must be flat", x);
    return [blocksOf(x[0])];
  },

  params: ([x]) => ({ size: x[0] }),

  reference([x], y, { size }) {
    y.fill(0);
    for (let i = 0; i < size; i++) y[Math.floor(i / BLOCK)] += x[i] ** 2;
  },

  examples: [
    [[[128]], {}],
    [[[1]], {}], // the smallest
    [[[4099]], {}],
  ],
});
