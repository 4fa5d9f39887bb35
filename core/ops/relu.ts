import { op } from "../op.ts";
import { size } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { reluGrad } from "./reluGrad.ts";

/**
 * Rectifier: y = max(x, 0).
 *
 *     x [...] -> y [...]
 */
export const relu = op<[x: Tensor]>({
  name: "relu",
  shape: ([x]) => x,
  params: ([x]) => ({ size: size(x) }),

  reference([x], y, { size }) {
    for (let i = 0; i < size; i++) y[i] = Math.max(x[i], 0);
  },

  grad: (dy, y) => [reluGrad(dy, y)],

  examples: [
    [[[2, 3]], {}],
    [[[1]], {}], // the smallest
    [[[5, 7, 7, 33]], {}],
  ],
});
