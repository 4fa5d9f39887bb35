import { op } from "../op.ts";
import { size } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { exp } from "./exp.ts";
import { mul } from "./mul.ts";
import { sub } from "./sub.ts";

/**
 * Softplus, however large x is, and however small e^x: y = log(1 + e^x).
 *
 *     x [...] -> y [...]
 */
export const softplus = op<[x: Tensor]>({
  name: "softplus",
  shape: ([x]) => x,
  params: ([x]) => ({ size: size(x) }),

  reference([x], y, { size }) {
    for (let i = 0; i < size; i++) y[i] = Math.max(x[i], 0) + Math.log1p(Math.exp(-Math.abs(x[i])));
  },

  grad: (dy, y, [x]) => [mul(dy, exp(sub(x, y)))], // e^x / (1 + e^x)

  draw: [(uniform, shape) => Array.from({ length: size(shape) }, () => 5 * uniform())],
  examples: [
    [[[2, 3]], {}],
    [[[1]], {}], // the smallest
    [[[7, 147]], {}],
  ],
});
