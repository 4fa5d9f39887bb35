import { z } from "zod";
import { augmentation, probability } from "./augmentation.ts";
import { integers } from "./draw.ts";

/** Brightness of a colour as torchvision has it; the weights sum to 0.9999. */
export const luma = (r: number, g: number, b: number): number => 0.2989 * r + 0.587 * g + 0.114 * b;

/**
 * The colours dropped where the row is 1: y[n, p, c] = 0.2989 r + 0.587 g + 0.114 b of x[n, p]; else y = x.
 *
 *     x [N, H, W, 3], rows [N, 1] -> y [N, H, W, 3]
 *
 * https://github.com/pytorch/vision/blob/v0.20.0/torchvision/transforms/_functional_tensor.py (rgb_to_grayscale)
 */
export const grayscale = augmentation({
  name: "grayscale",

  config: z.strictObject({ p: probability }).describe("Colours are dropped."),
  columns: 1,
  sample(rows, at, { p }, random) {
    rows[at] = Number(random.uniform() < p);
  },

  reference([x, rows], y, { N, pixels }) {
    for (let n = 0; n < N; n++)
      for (let p = n * pixels; p < (n + 1) * pixels; p++)
        for (let c = 0; c < 3; c++)
          y[3 * p + c] = rows[n] ? luma(x[3 * p], x[3 * p + 1], x[3 * p + 2]) : x[3 * p + c];
  },

  exampleRows: (uniform, [N]) => integers(uniform, N, 2),
  examples: [
    [
      [
        [1, 1, 1, 3],
        [1, 1],
      ],
      {},
    ], // the smallest
    [
      [
        [7, 5, 3, 3],
        [7, 1],
      ],
      {},
    ],
    [
      [
        [16, 32, 32, 3],
        [16, 1],
      ],
      {},
    ],
  ],
});
