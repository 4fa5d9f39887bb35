import { type Grads, op } from "../op.ts";
import { fits, type Shape, size } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { sum } from "./sum.ts";

/**
 * Repetition along new axes, the transpose of `sum`: y[o, n, i] = x[o, i].
 *
 *     x [...] -> y [..., at: extents, ...]
 */
export const expand = op<[x: Tensor], { at: number; extents: Shape }>({
  name: "expand",

  shape([x], { at, extents }) {
    fits(at >= 0 && at <= x.length, "expand", `axis ${at} is out of range`, x);
    return [...x.slice(0, at), ...extents, ...x.slice(at)];
  },

  params: ([x], _y, { at, extents }) => ({
    outer: size(x.slice(0, at)),
    count: size(extents),
    inner: size(x.slice(at)),
  }),

  reference([x], y, { outer, count, inner }) {
    for (let o = 0; o < outer; o++)
      for (let n = 0; n < count; n++)
        for (let i = 0; i < inner; i++) y[(o * count + n) * inner + i] = x[o * inner + i];
  },

  grad: (dy, _y, _inputs, { at, extents }): Grads => [sum(dy, { from: at, to: at + extents.length })],

  examples: [
    [[[2, 3]], { at: 1, extents: [4] }],
    [[[]], { at: 0, extents: [1] }], // the smallest
    [[[]], { at: 0, extents: [37, 9] }],
    [[[7, 5]], { at: 1, extents: [3, 11] }],
    [[[130]], { at: 1, extents: [5] }],
  ],
});
