import { type Grads, op } from "../op.ts";
import { broadcast, broadcastParams } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { broadcastReference, sumTo } from "./broadcast.ts";

/**
 * Product: y = a * b, broadcast.
 *
 *     a, b [...] -> y [...]
 */
export const mul = op<[a: Tensor, b: Tensor]>({
  name: "mul",
  shape: ([a, b]) => broadcast("mul", a, b),
  params: (inputs, y) => broadcastParams(inputs, y),
  reference: broadcastReference((a, b) => a * b),
  grad: (dy, _y, [a, b]): Grads => [sumTo(mul(dy, b), a.shape), sumTo(mul(dy, a), b.shape)],
  examples: [
    [
      [
        [2, 3],
        [2, 3],
      ],
      {},
    ],
    [[[1], [1]], {}], // the smallest
    [[[5, 7, 3], [3]], {}], // a scale
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
