import { op } from "../op.ts";
import { fits, sameShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { ascending } from "./owners.ts";

/**
 * Sum over each segment: y[n] = sum of x[b] where owners[b] = n; 0 where there is none.
 *
 *     x [B], owners u32 [B], ascending -> y [segments]
 *
 * https://docs.jax.dev/en/latest/_autosummary/jax.ops.segment_sum.html, with indices_are_sorted
 */
export const segmentSum = op<[x: Tensor, owners: Tensor], { segments: number }>({
  name: "segmentSum",
  inputs: ["f32", "u32"],

  shape([x, owners], { segments }) {
    fits(x.length === 1 && sameShape(x, owners), "segmentSum", "one owner a number", x, owners);
    return [segments];
  },

  params: ([x], _y, { segments }) => ({ size: x[0], segments }),

  reference([x, owners], y, { size }) {
    y.fill(0);
    for (let b = 0; b < size; b++) y[owners[b]] += x[b];
  },

  draw: [undefined, (uniform, [B], _earlier, { segments }) => ascending(uniform, B, segments)],
  examples: [
    [[[7], [7]], { segments: 3 }],
    [[[1], [1]], { segments: 1 }], // the smallest
    [[[5], [5]], { segments: 40 }], // most are empty
    [[[3001], [3001]], { segments: 5 }],
  ],
});
