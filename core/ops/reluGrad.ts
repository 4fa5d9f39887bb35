import { type Grads, op } from "../op.ts";
import { fits, sameShape, size } from "../shape.ts";
import type { Tensor } from "../tensor.ts";

/**
 * Gradient of the rectifier, from its output: dx = dy where y > 0, else 0.
 *
 *     dy, y [...] -> dx [...]
 */
export const reluGrad = op<[dy: Tensor, y: Tensor]>({
  name: "reluGrad",

  shape([dy, y]) {
    fits(sameShape(dy, y), "reluGrad", "shapes differ", dy, y);
    return y;
  },

  params: ([, y]) => ({ size: size(y) }),

  reference([dy, y], dx, { size }) {
    for (let i = 0; i < size; i++) dx[i] = y[i] > 0 ? dy[i] : 0;
  },

  grad: (ddx, _dx, [, y]): Grads => [reluGrad(ddx, y), null],

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
        [5, 7, 7, 33],
        [5, 7, 7, 33],
      ],
      {},
    ],
  ],
});
