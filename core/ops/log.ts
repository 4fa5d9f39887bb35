import { op } from "../op.ts";
import { size } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { div } from "./div.ts";
import { positives } from "./draw.ts";

/**
 * Natural logarithm: y = log x, for x > 0.
 *
 *     x [...] -> y [...]
 */
export const log = op<[x: Tensor]>({
  name: "log",
  shape: ([x]) => x,
  params: ([x]) => ({ size: size(x) }),

  reference([x], y, { size }) {
    for (let i = 0; i < size; i++) y[i] = Math.log(x[i]);
  },

  grad: (dy, _y, [x]) => [div(dy, x)],

  draw: [(uniform, shape) => positives(uniform, size(shape))],
  examples: [
    [[[2, 3]], {}],
    [[[1]], {}], // the smallest
    [[[7, 147]], {}],
  ],
});
