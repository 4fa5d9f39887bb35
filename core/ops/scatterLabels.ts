import { op } from "../op.ts";
import { fits } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { integers } from "./draw.ts";

/**
 * Labels written where indices say: labels[indices[n]] = values[n]; of values with one index the last is kept.
 *
 *     labels u32 [M], values u32 [N], indices u32 [N], each below M -> labels, in place
 */
export const scatterLabels = op<[labels: Tensor, values: Tensor, indices: Tensor]>({
  name: "scatterLabels",
  inputs: ["u32", "u32", "u32"],
  output: "u32",
  inPlace: true,

  shape([labels, values, indices]) {
    fits(labels.length === 1, "scatterLabels", "labels are a row of numbers", labels);
    const indexed = values.length === 1 && indices.length === 1 && indices[0] === values[0];
    fits(indexed, "scatterLabels", "one index a value", values, indices);
    return labels;
  },

  params: ([, [N]]) => ({ N }),

  reference([, values, indices], labels, { N }) {
    for (let n = 0; n < N; n++) labels[indices[n]] = values[n];
  },

  draw: [
    (uniform, [M]) => integers(uniform, M, 2 ** 24), // beyond it, no label is a number of f32
    (uniform, [N]) => integers(uniform, N, 2 ** 24),
    (uniform, [N], [labels]) => integers(uniform, N, labels.length),
  ],
  examples: [
    [[[1], [1], [1]], {}], // the smallest
    [[[7], [3], [3]], {}],
    [[[33], [1021], [1021]], {}], // most are overwritten
    [[[1021], [33], [33]], {}],
  ],
});
