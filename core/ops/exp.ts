import { op } from "../op.ts";
import { size } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { mul } from "./mul.ts";

/**
 * Exponential: y = e^x.
 *
 *     x [...] -> y [...]
 */
export const exp = op<[x: Tensor]>({
  name: "exp",
  shape: ([x]) => x,
  params: ([x]) => ({ size: size(x) }),

  reference([x], y, { size }) {
    for (let i = 0; i < size; i++) y[i] = Math.exp(x[i]);
  },

  grad: (dy, y) => [mul(dy, y)],

  examples: [
    [[[2, 3]], {}],
    [[[1]], {}], // the smallest
    [[[7, 147]], {}],
  ],
});
