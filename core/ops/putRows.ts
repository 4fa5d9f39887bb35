import { op } from "../op.ts";
import { fits, size } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { integers } from "./draw.ts";

/**
 * Rows written into a ring: bank[(position + n) mod K] = rows[n].
 *
 *     bank [K, D], rows [N, D] with N <= K, position u32 [1] -> bank, in place
 */
export const putRows = op<[bank: Tensor, rows: Tensor, position: Tensor]>({
  name: "putRows",
  inputs: ["f32", "f32", "u32"],
  inPlace: true,

  shape([bank, rows, position]) {
    fits(bank.length === 2 && rows.length === 2, "putRows", "bank and rows must be matrices", bank, rows);
    fits(bank[1] === rows[1], "putRows", "rows have the bank's extent", bank, rows);
    fits(rows[0] <= bank[0], "putRows", "more rows than the bank holds", bank, rows);
    fits(size(position) === 1, "putRows", "the position is one number", position);
    return bank;
  },

  params: ([[K, D], [N]]) => ({ K, N, D }),

  reference([, rows, [position]], bank, { K, N, D }) {
    for (let n = 0; n < N; n++)
      for (let d = 0; d < D; d++) bank[((position + n) % K) * D + d] = rows[n * D + d];
  },

  draw: [undefined, undefined, (uniform, _shape, [bank]) => integers(uniform, 1, bank.length)],
  examples: [
    [[[5, 3], [2, 3], [1]], {}],
    [[[1, 1], [1, 1], [1]], {}], // the smallest
    [[[11, 7], [11, 7], [1]], {}], // all of it, begun in the middle
    [[[129, 33], [70, 33], [1]], {}],
  ],
});
