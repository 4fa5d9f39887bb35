import { type Grads, op } from "../op.ts";
import { fits, sameShape, size } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { slice } from "./slice.ts";

/**
 * One after the other along the first axis: y = [a; b].
 *
 *     a [M, ...], b [N, ...] -> y [M + N, ...]
 */
export const concat = op<[a: Tensor, b: Tensor]>({
  name: "concat",

  shape([a, b]) {
    fits(a.length > 0 && b.length > 0, "concat", "a scalar has no first axis", a, b);
    fits(sameShape(a.slice(1), b.slice(1)), "concat", "extents differ behind the first axis", a, b);
    return [a[0] + b[0], ...a.slice(1)];
  },

  params: ([a, b]) => ({ first: size(a), second: size(b) }),

  reference([a, b], y, { first }) {
    y.set(a, 0);
    y.set(b, first);
  },

  grad: (dy, _y, [a, b]): Grads => [
    slice(dy, { start: 0, count: a.shape[0] }),
    slice(dy, { start: a.shape[0], count: b.shape[0] }),
  ],

  examples: [
    [
      [
        [2, 3],
        [4, 3],
      ],
      {},
    ],
    [[[1], [1]], {}], // the smallest
    [[[7], [18]], {}],
    [
      [
        [33, 5, 3],
        [2, 5, 3],
      ],
      {},
    ],
    [
      [
        [37, 128],
        [37, 128],
      ],
      {},
    ], // two views
  ],
});
