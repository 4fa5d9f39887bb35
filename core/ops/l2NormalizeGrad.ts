import { op } from "../op.ts";
import { fits, sameShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";

/**
 * Gradient of l2Normalize, row by row: dx = (dy - (dy . y) y) / ||x||, or dy / eps where ||x|| <= eps.
 *
 *     dy, x, y [N, D] -> dx [N, D]
 */
export const l2NormalizeGrad = op<[dy: Tensor, x: Tensor, y: Tensor], { eps: number }>({
  name: "l2NormalizeGrad",

  shape([dy, x, y]) {
    fits(x.length === 2, "l2NormalizeGrad", "inputs must be matrices", x);
    fits(sameShape(dy, x) && sameShape(y, x), "l2NormalizeGrad", "shapes differ", dy, x, y);
    return x;
  },

  params: ([, [N, D]]) => ({ N, D }),
  floats: ({ eps }) => ({ eps }),

  reference([dy, x, y], dx, { N, D, eps }) {
    for (let n = 0; n < N; n++) {
      const row = n * D;
      const norm = Math.hypot(...x.subarray(row, row + D));
      let along = 0;
      for (let i = row; i < row + D; i++) along += dy[i] * y[i];
      for (let i = row; i < row + D; i++) dx[i] = norm > eps ? (dy[i] - along * y[i]) / norm : dy[i] / eps;
    }
  },

  derived: [2],
  draw: [
    undefined,
    undefined,
    (_uniform, [, D], [, x], { eps }) =>
      x.map((value, i) => {
        const row = i - (i % D);
        return value / Math.max(Math.hypot(...x.subarray(row, row + D)), eps);
      }),
  ],
  examples: [
    [
      [
        [2, 3],
        [2, 3],
        [2, 3],
      ],
      { eps: 1e-12 },
    ],
    [
      [
        [1, 1],
        [1, 1],
        [1, 1],
      ],
      { eps: 1 },
    ], // the smallest
    [
      [
        [37, 24],
        [37, 24],
        [37, 24],
      ],
      { eps: 1e-12 },
    ],
    [
      [
        [9, 515],
        [9, 515],
        [9, 515],
      ],
      { eps: 1e-12 },
    ],
    [
      [
        [20, 3],
        [20, 3],
        [20, 3],
      ],
      { eps: 1 },
    ], // some rows are shorter than eps
  ],
});
