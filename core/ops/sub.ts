import { op } from "../op.ts";
import { broadcast, broadcastParams } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { affine } from "./affine.ts";
import { broadcastReference, sumTo } from "./broadcast.ts";

/**
 * Difference: y = a - b, broadcast.
 *
 *     a, b [...] -> y [...]
 */
export const sub = op<[a: Tensor, b: Tensor]>({
  name: "sub",
  shape: ([a, b]) => broadcast("sub", a, b),
  params: (inputs, y) => broadcastParams(inputs, y),
  reference: broadcastReference((a, b) => a - b),
  grad: (dy, _y, [a, b]) => [sumTo(dy, a.shape), affine(sumTo(dy, b.shape), { scale: -1 })],
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
        [5, 1, 3],
      ],
      {},
    ], // centring
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
