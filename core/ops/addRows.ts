import { op } from "../op.ts";
import { fits } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { integers } from "./draw.ts";

/**
 * Rows added up where indices name: bank[k] += sum of rows[n] where indices[n] = k.
 *
 *     bank [K, D], rows [N, D], indices u32 [N], each below K -> bank, in place
 *
 * The rows of one index are summed before they are added: sums over many calls round as sums of sums.
 * https://docs.jax.dev/en/latest/_autosummary/jax.numpy.ndarray.at.html, add
 */
export const addRows = op<[bank: Tensor, rows: Tensor, indices: Tensor]>({
  name: "addRows",
  inputs: ["f32", "f32", "u32"],
  inPlace: true,

  shape([bank, rows, indices]) {
    fits(bank.length === 2 && rows.length === 2, "addRows", "bank and rows must be matrices", bank, rows);
    fits(bank[1] === rows[1], "addRows", "rows have the bank's extent", bank, rows);
    fits(indices.length === 1 && indices[0] === rows[0], "addRows", "one index a row", rows, indices);
    return bank;
  },

  params: ([[K, D], [N]]) => ({ K, N, D }),

  reference([, rows, indices], bank, { N, D }) {
    for (let n = 0; n < N; n++) for (let d = 0; d < D; d++) bank[indices[n] * D + d] += rows[n * D + d];
  },

  draw: [
    undefined,
    undefined,
    (uniform, [N], [bank, rows]) => integers(uniform, N, (bank.length * N) / rows.length),
  ],
  examples: [
    [[[5, 3], [7, 3], [7]], {}],
    [[[1, 1], [1, 1], [1]], {}], // the smallest
    [[[1, 37], [300, 37], [300]], {}], // all to one
    [[[129, 33], [70, 33], [70]], {}], // most get none
    [[[40, 130], [513, 130], [513]], {}],
  ],
});
