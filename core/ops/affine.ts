import { type Grads, op } from "../op.ts";
import { size } from "../shape.ts";
import type { Tensor } from "../tensor.ts";

/**
 * Scale and shift by constants: y = scale * x + shift.
 *
 *     x [...] -> y [...]
 */
export const affine = op<[x: Tensor], { scale?: number; shift?: number }>({
  name: "affine",
  shape: ([x]) => x,
  params: ([x]) => ({ size: size(x) }),
  floats: ({ scale = 1, shift = 0 }) => ({ scale, shift }),

  reference([x], y, { size, scale, shift }) {
    for (let i = 0; i < size; i++) y[i] = scale * x[i] + shift;
  },

  grad: (dy, _y, _inputs, { scale = 1 }): Grads => [scale === 1 ? dy : affine(dy, { scale })],

  examples: [
    [[[2, 3]], { scale: 2, shift: -1 }],
    [[[]], { scale: -0.5 }], // the smallest
    [[[7, 147]], { shift: 0.25 }],
  ],
});
