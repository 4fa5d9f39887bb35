import { op } from "../op.ts";
import { size } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { affine } from "./affine.ts";
import { div } from "./div.ts";
import { positives } from "./draw.ts";

/**
 * Square root: y = sqrt x, for x >= 0; the gradient is infinite at 0.
 *
 *     x [...] -> y [...]
 */
export const sqrt = op<[x: Tensor]>({
  name: "sqrt",
  shape: ([x]) => x,
  params: ([x]) => ({ size: size(x) }),

  reference([x], y, { size }) {
    for (let i = 0; i < size; i++) y[i] = Math.sqrt(x[i]);
  },

  grad: (dy, y) => [affine(div(dy, y), { scale: 0.5 })],

  draw: [(uniform, shape) => positives(uniform, size(shape))],
  examples: [
    [[[2, 3]], {}],
    [[[1]], {}], // the smallest
    [[[7, 147]], {}],
  ],
});
