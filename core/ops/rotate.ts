import { z } from "zod";
import { cos, sin } from "../math.ts";
import type { Numbers } from "../op.ts";
import { augmentation, between, probability } from "./augmentation.ts";

/**
 * Each view turned counter-clockwise about its centre, by an angle whose cosine and sine its row holds. A pixel (i, j)
 * shows what lay, interpolated bilinearly with zeros outside of the view, at
 *
 *     row     (H - 1) / 2 + sin (j - (W - 1) / 2) + cos (i - (H - 1) / 2)
 *     column  (W - 1) / 2 + cos (j - (W - 1) / 2) - sin (i - (H - 1) / 2)
 *
 *     x [N, H, W, 3], rows [N, 2] -> y [N, H, W, 3]
 *
 * torchvision's functional.rotate with bilinear interpolation. Its RandomRotation takes the nearest pixel where nothing
 * is said, which at small angles tears lines into steps; and where it fills, it darkens the border twice over.
 * https://github.com/pytorch/vision/blob/v0.20.0/torchvision/transforms/functional.py (rotate)
 */
export const rotate = augmentation({
  name: "rotate",

  config: z
    .strictObject({
      p: probability.default(1),
      degrees: z.number().min(0).max(180).describe("The largest angle, to either side."),
    })
    .describe("Turned about the centre, black outside."),
  columns: 2,
  sample(rows, at, { p, degrees }, random) {
    const angle = random.uniform() < p ? (between(random, -degrees, degrees) * Math.PI) / 180 : 0;
    rows[at] = cos(angle);
    rows[at + 1] = sin(angle);
  },

  params: ([[N, H, W]]) => ({ N, H, W }),

  reference([x, rows], y, { N, H, W }) {
    const pixel = (n: number, i: number, j: number, c: number) =>
      i >= 0 && i < H && j >= 0 && j < W ? x[((n * H + i) * W + j) * 3 + c] : 0;
    for (let n = 0; n < N; n++) {
      const [cosine, sine] = rows.subarray(2 * n);
      for (let h = 0; h < H; h++)
        for (let w = 0; w < W; w++) {
          const [down, across] = [h - (H - 1) / 2, w - (W - 1) / 2];
          const i = (H - 1) / 2 + sine * across + cosine * down;
          const j = (W - 1) / 2 + cosine * across - sine * down;
          const [i0, j0] = [Math.floor(i), Math.floor(j)];
          for (let c = 0; c < 3; c++) {
            const above = (1 - j + j0) * pixel(n, i0, j0, c) + (j - j0) * pixel(n, i0, j0 + 1, c);
            const below = (1 - j + j0) * pixel(n, i0 + 1, j0, c) + (j - j0) * pixel(n, i0 + 1, j0 + 1, c);
            y[((n * H + h) * W + w) * 3 + c] = (1 - i + i0) * above + (i - i0) * below;
          }
        }
    }
  },

  exampleRows: (uniform, [N]) => exampleRows(uniform, N),
  examples: [
    [
      [
        [1, 1, 1, 3],
        [1, 2],
      ],
      {},
    ], // the smallest
    [
      [
        [40, 7, 4, 3],
        [40, 2],
      ],
      {},
    ],
    [
      [
        [3, 45, 33, 3],
        [3, 2],
      ],
      {},
    ],
    [
      [
        [16, 32, 32, 3],
        [16, 2],
      ],
      {},
    ],
  ],
});

/** Any angle; about a quarter are 0. */
function exampleRows(uniform: () => number, rows: number): Numbers {
  const angles = Array.from({ length: rows }, () => (uniform() < -0.5 ? 0 : uniform() * Math.PI));
  return Float64Array.from(angles.flatMap((angle) => [cos(angle), sin(angle)]));
}
