import { op } from "../op.ts";
import { fits, type Shape, sameShape, size } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { Column, exampleRows, ROW } from "./viewRow.ts";

/** Brightness of a colour as torchvision has it; the weights sum to 0.9999. */
export const luma = (r: number, g: number, b: number): number => 0.2989 * r + 0.587 * g + 0.114 * b;

/** Views and their rows: [N, H, W, 3] and [N, ROW]. */
export function fitsViews(who: string, x: Shape, rows: Shape): void {
  fits(x.length === 4 && x[3] === 3, who, "images must be [N, H, W, 3]", x);
  fits(sameShape(rows, [x[0], ROW]), who, `a view takes one row of ${ROW}`, x, rows);
}

/**
 * The colours dropped where the row says gray: y[n, p, c] = 0.2989 r + 0.587 g + 0.114 b of x[n, p]; else y = x.
 *
 *     x [N, H, W, 3], rows [N, ROW] -> y [N, H, W, 3]
 *
 * https://github.com/pytorch/vision/blob/v0.20.0/torchvision/transforms/_functional_tensor.py (rgb_to_grayscale)
 */
export const grayscale = op<[x: Tensor, rows: Tensor]>({
  name: "grayscale",

  shape([x, rows]) {
    fitsViews("grayscale", x, rows);
    return x;
  },

  params: ([x]) => ({ N: x[0], pixels: x[1] * x[2] }),

  reference([x, rows], y, { N, pixels }) {
    for (let n = 0; n < N; n++)
      for (let p = n * pixels; p < (n + 1) * pixels; p++)
        for (let c = 0; c < 3; c++)
          y[3 * p + c] = rows[n * ROW + Column.gray]
            ? luma(x[3 * p], x[3 * p + 1], x[3 * p + 2])
            : x[3 * p + c];
  },

  draw: [
    (uniform, shape) => Array.from({ length: size(shape) }, () => (uniform() + 1) / 2),
    (uniform, [N]) => exampleRows(uniform, N),
  ],

  examples: [
    [
      [
        [1, 1, 1, 3],
        [1, ROW],
      ],
      {},
    ], // the smallest
    [
      [
        [7, 5, 3, 3],
        [7, ROW],
      ],
      {},
    ],
    [
      [
        [16, 32, 32, 3],
        [16, ROW],
      ],
      {},
    ],
  ],
});
