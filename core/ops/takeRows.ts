import { op } from "../op.ts";
import { fits, size } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { integers } from "./draw.ts";

/**
 * The rows that indices name: y[n] = x[indices[n]].
 *
 *     x [M, ...], indices u32 [N], each below M -> y [N, ...]
 *
 * For what is not learned through: permuted batches, rows of a bank.
 */
export const takeRows = op<[x: Tensor, indices: Tensor]>({
  name: "takeRows",
  inputs: ["f32", "u32"],

  shape([x, indices]) {
    fits(x.length > 0, "takeRows", "a scalar has no rows", x);
    fits(indices.length === 1, "takeRows", "indices are a row of numbers", indices);
    return [indices[0], ...x.slice(1)];
  },

  params: ([x, [N]]) => ({ N, D: size(x.slice(1)) }),

  reference([x, indices], y, { N, D }) {
    for (let n = 0; n < N; n++) for (let d = 0; d < D; d++) y[n * D + d] = x[indices[n] * D + d];
  },

  draw: [undefined, (uniform, [N]) => integers(uniform, N, 4)], // all examples have four rows or more
  examples: [
    [[[4], [1]], {}], // the smallest
    [[[4, 3], [7]], {}],
    [[[5, 3, 2, 2], [4]], {}],
    [[[37, 70], [133]], {}],
  ],
});
