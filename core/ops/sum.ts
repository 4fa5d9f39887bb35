import { type Grads, op } from "../op.ts";
import { fits, size } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { expand } from "./expand.ts";

/** The axes from `from` up to but not including `to`; all axes where nothing is said. */
export interface Axes {
  from?: number;
  to?: number;
}

/**
 * Sum over neighbouring axes: y[o, i] = sum over n of x[o, n, i].
 *
 *     x [..., from axes, to ...] -> y without those axes
 */
export const sum = op<[x: Tensor], Axes>({
  name: "sum",

  shape([x], { from = 0, to = x.length }) {
    fits(from >= 0 && from <= to && to <= x.length, "sum", `axes ${from} to ${to} are out of range`, x);
    return [...x.slice(0, from), ...x.slice(to)];
  },

  params: ([x], _y, { from = 0, to = x.length }) => ({
    outer: size(x.slice(0, from)),
    count: size(x.slice(from, to)),
    inner: size(x.slice(to)),
  }),

  reference([x], y, { outer, count, inner }) {
    for (let o = 0; o < outer; o++)
      for (let i = 0; i < inner; i++) {
        let total = 0;
        for (let n = 0; n < count; n++) total += x[(o * count + n) * inner + i];
        y[o * inner + i] = total;
      }
  },

  grad: (dy, _y, [x], { from = 0, to = x.shape.length }): Grads => [
    expand(dy, { at: from, extents: x.shape.slice(from, to) }),
  ],

  examples: [
    [[[2, 3]], {}],
    [[[1]], {}], // the smallest
    [[[513]], {}],
    [[[5, 7, 3]], { from: 1, to: 2 }],
    [[[70, 33]], { from: 0, to: 1 }], // a bias gradient
    [[[6, 5, 5, 17]], { from: 1, to: 3 }], // global average pooling
    [[[9, 300]], { from: 1 }],
  ],
});
