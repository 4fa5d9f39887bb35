import { type Grads, op } from "../op.ts";
import { broadcast, broadcastParams, size } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { affine } from "./affine.ts";
import { broadcastReference, sumTo } from "./broadcast.ts";
import { positives } from "./draw.ts";
import { mul } from "./mul.ts";

/**
 * Quotient: y = a / b, broadcast.
 *
 *     a, b [...] -> y [...]
 */
export const div = op<[a: Tensor, b: Tensor]>({
  name: "div",
  shape: ([a, b]) => broadcast("div", a, b),
  params: (inputs, y) => broadcastParams(inputs, y),
  reference: broadcastReference((a, b) => a / b),

  grad(dy, y, [a, b]): Grads {
    const da = div(dy, b);
    return [sumTo(da, a.shape), affine(sumTo(mul(da, y), b.shape), { scale: -1 })]; // db = -dy a / b^2
  },

  draw: [undefined, (uniform, shape) => positives(uniform, size(shape)).map((b, i) => (i % 2 ? -b : b))],
  examples: [
    [
      [
        [2, 3],
        [2, 3],
      ],
      {},
    ],
    [[[1], [1]], {}], // the smallest
    [
      [
        [5, 7, 3],
        [5, 7, 1],
      ],
      {},
    ], // rows by their norms
    [
      [
        [4, 1, 5],
        [2, 1, 3, 1],
      ],
      {},
    ], // both repeat
    [
      [
        [33, 129],
        [33, 129],
      ],
      {},
    ],
    [[[], [3, 5]], {}], // a scalar
  ],
});
