import { op } from "../op.ts";
import { fits } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { integers } from "./draw.ts";

/**
 * The labels that samples have: y[n] = labels[indices[n]].
 *
 *     labels u32 [M], indices u32 [N], each below M -> y u32 [N]
 */
export const takeLabels = op<[labels: Tensor, indices: Tensor]>({
  name: "takeLabels",
  inputs: ["u32", "u32"],
  output: "u32",

  shape([labels, indices]) {
    fits(
      labels.length === 1 && indices.length === 1,
      "takeLabels",
      "both are rows of numbers",
      labels,
      indices,
    );
    return indices;
  },

  params: (_inputs, [N]) => ({ N }),

  reference([labels, indices], y, { N }) {
    for (let n = 0; n < N; n++) y[n] = labels[indices[n]];
  },

  draw: [
    (uniform, [M]) => integers(uniform, M, 2 ** 24), // beyond it, no label is a number of f32
    (uniform, [N], [labels]) => integers(uniform, N, labels.length),
  ],
  examples: [
    [[[1], [1]], {}], // the smallest
    [[[7], [3]], {}],
    [[[33], [1021]], {}],
  ],
});
