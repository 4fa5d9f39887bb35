import { op } from "../op.ts";
import { fits } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { integers } from "./draw.ts";

/**
 * Rows written where indices say: bank[indices[n]] = rows[n]; of rows with one index the last is kept.
 *
 *     bank [M, D], rows [N, D], indices u32 [N], each below M -> bank, in place
 */
export const scatterRows = op<[bank: Tensor, rows: Tensor, indices: Tensor]>({
  name: "scatterRows",
  inputs: ["f32", "f32", "u32"],
  inPlace: true,

  shape([bank, rows, indices]) {
    fits(bank.length === 2 && rows.length === 2, "scatterRows", "bank and rows must be matrices", bank, rows);
    fits(bank[1] === rows[1], "scatterRows", "rows have the bank's extent", bank, rows);
    const indexed = indices.length === 1 && indices[0] === rows[0];
    fits(indexed, "scatterRows", "one index a row", rows, indices);
    return bank;
  },

  params: ([, [N, D]]) => ({ N, D }),

  reference([, rows, indices], bank, { N, D }) {
    for (let n = 0; n < N; n++) for (let d = 0; d < D; d++) bank[indices[n] * D + d] = rows[n * D + d];
  },

  draw: [undefined, undefined, (uniform, [N]) => integers(uniform, N, 5)], // all examples have five rows or more
  examples: [
    [[[5, 3], [2, 3], [2]], {}],
    [[[5, 1], [1, 1], [1]], {}], // the smallest
    [[[7, 7], [61, 7], [61]], {}], // most are overwritten
    [[[129, 33], [300, 33], [300]], {}],
  ],
});
