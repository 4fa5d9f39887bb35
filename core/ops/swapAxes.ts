import { type Grads, op } from "../op.ts";
import { fits, size } from "../shape.ts";
import type { Tensor } from "../tensor.ts";

/**
 * Two neighbouring axes exchanged: y[..., b, a, ...] = x[..., a, b, ...].
 *
 *     x [..., at: A, B, ...] -> y [..., at: B, A, ...]
 */
export const swapAxes = op<[x: Tensor], { at: number }>({
  name: "swapAxes",

  shape([x], { at }) {
    const inside = Number.isInteger(at) && at >= 0 && at + 2 <= x.length;
    fits(inside, "swapAxes", `axes ${at} and ${at + 1} are out of range`, x);
    return [...x.slice(0, at), x[at + 1], x[at], ...x.slice(at + 2)];
  },

  params: ([x], _y, { at }) => ({
    ...{ outer: size(x.slice(0, at)), A: x[at], B: x[at + 1] },
    inner: size(x.slice(at + 2)),
  }),

  reference([x], y, { outer, A, B, inner }) {
    for (let o = 0; o < outer; o++)
      for (let a = 0; a < A; a++)
        for (let b = 0; b < B; b++)
          for (let i = 0; i < inner; i++)
            y[((o * B + b) * A + a) * inner + i] = x[((o * A + a) * B + b) * inner + i];
  },

  grad: (dy, _y, _inputs, { at }): Grads => [swapAxes(dy, { at })],

  examples: [
    [[[2, 3]], { at: 0 }],
    [[[1, 1]], { at: 0 }], // the smallest
    [[[5, 7, 3, 2]], { at: 1 }],
    [[[33, 70]], { at: 0 }],
    [[[9, 16, 130]], { at: 0 }], // patches of images
    [[[6, 3, 8, 24]], { at: 1 }], // an image's cells
  ],
});
