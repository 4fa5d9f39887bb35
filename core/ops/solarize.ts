import { z } from "zod";
import { augmentation, probability } from "./augmentation.ts";
import { integers } from "./draw.ts";

const config = z
  .strictObject({
    p: probability,
    threshold: z
      .number()
      .min(0)
      .max(1)
      .default(128 / 255) // PIL's, of bytes
      .describe("From which value on a colour is inverted."),
  })
  .describe("Bright colours are inverted.");

/**
 * What is bright turned into its negative, where the row is 1: y = 1 - x where x >= threshold, else x.
 *
 *     x [N, H, W, 3], rows [N, 1] -> y [N, H, W, 3]
 *
 * https://github.com/pytorch/vision/blob/v0.20.0/torchvision/transforms/_functional_tensor.py (solarize)
 */
export const solarize = augmentation<z.infer<typeof config>, { threshold: number }>({
  name: "solarize",

  config,
  columns: 1,
  sample(rows, at, { p }, random) {
    rows[at] = Number(random.uniform() < p);
  },
  apply: (self, x, rows, { threshold }) => self(x, rows, { threshold }),

  floats: ({ threshold }) => ({ threshold }),

  reference([x, rows], y, { N, pixels, threshold }) {
    for (let n = 0; n < N; n++)
      for (let i = 3 * n * pixels; i < 3 * (n + 1) * pixels; i++)
        y[i] = rows[n] && x[i] >= threshold ? 1 - x[i] : x[i];
  },

  exampleRows: (uniform, [N]) => integers(uniform, N, 2),
  examples: [
    [
      [
        [1, 1, 1, 3],
        [1, 1],
      ],
      { threshold: 0.5 },
    ], // the smallest
    [
      [
        [7, 5, 3, 3],
        [7, 1],
      ],
      { threshold: 0.25 },
    ],
    [
      [
        [16, 32, 32, 3],
        [16, 1],
      ],
      { threshold: 0.5 },
    ],
  ],
});
