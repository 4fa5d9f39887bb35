import { z } from "zod";
import type { Numbers } from "../op.ts";
import { fits } from "../shape.ts";
import { augmentation, type Extents } from "./augmentation.ts";

const config = z
  .strictObject({
    size: z
      .int()
      .positive()
      .max(1024)
      .optional()
      .describe("Pixels of the crop's side; the view's own where nothing is said."),
    padding: z
      .int()
      .nonnegative()
      .max(1024)
      .default(0)
      .describe("Pixels of black around the view before it is cut."),
  })
  .describe("A part of the view, not resized.");

/** What is cut out of a view. */
const cutOf = ({ size }: z.infer<typeof config>, { height, width }: Extents): Extents => ({
  height: size ?? height,
  width: size ?? width,
});

/** Where a crop of `part` pixels may begin in `whole`, padded: so many places, the first of them at -padding. */
function places(whole: number, part: number, padding: number): number {
  const count = whole + 2 * padding - part + 1;
  if (count < 1)
    throw new RangeError(`randomCrop: ${part} pixels do not fit into ${whole} with ${padding} around them`);
  return count;
}

/**
 * A part of each view, in its own resolution: y[n, h, w] = x[n, top + h, left + w], zeros outside of x.
 *
 *     x [N, H, W, 3], rows [N, 2] (top and left in pixels, whole numbers, any of them) -> y [N, height, width, 3]
 *
 * Each place where the part fits into the padded view is as likely: torchvision's RandomCrop(size, padding).
 * https://github.com/pytorch/vision/blob/v0.20.0/torchvision/transforms/transforms.py (RandomCrop.get_params)
 */
export const randomCrop = augmentation<z.infer<typeof config>, { height: number; width: number }>({
  name: "randomCrop",

  config,
  columns: 2,
  sample(rows, at, { size, padding }, random, { height, width }) {
    rows[at] = random.below(places(height, size ?? height, padding)) - padding;
    rows[at + 1] = random.below(places(width, size ?? width, padding)) - padding;
  },
  least: ({ size = 1, padding }) => size - 2 * padding,
  extents: cutOf,
  apply: (self, x, rows, config) => self(x, rows, cutOf(config, { height: x.shape[1], width: x.shape[2] })),

  shape([x], { height, width }) {
    fits(height >= 1 && width >= 1, "randomCrop", `parts of ${height} x ${width} have no pixels`, x);
    return [x[0], height, width, 3];
  },

  params: ([x], [N, height, width]) => ({ N, H: x[1], W: x[2], height, width }),

  reference([x, rows], y, { N, H, W, height, width }) {
    for (let n = 0; n < N; n++)
      for (let h = 0; h < height; h++)
        for (let w = 0; w < width; w++) {
          const [i, j] = [rows[2 * n] + h, rows[2 * n + 1] + w];
          const inside = i >= 0 && i < H && j >= 0 && j < W;
          for (let c = 0; c < 3; c++)
            y[((n * height + h) * width + w) * 3 + c] = inside ? x[((n * H + i) * W + j) * 3 + c] : 0;
        }
  },

  exampleRows: (uniform, [N]) => corners(uniform, N),
  examples: [
    [
      [
        [1, 1, 1, 3],
        [1, 2],
      ],
      { height: 1, width: 1 },
    ], // the smallest
    [
      [
        [40, 7, 5, 3],
        [40, 2],
      ],
      { height: 4, width: 9 },
    ], // on all sides, and wholly outside
    [
      [
        [3, 45, 33, 3],
        [3, 2],
      ],
      { height: 33, width: 33 },
    ],
    [
      [
        [16, 32, 32, 3],
        [16, 2],
      ],
      { height: 32, width: 32 },
    ],
  ],
});

/** From eight pixels outside of a view to eight inside. */
const corners = (uniform: () => number, rows: number): Numbers =>
  Float64Array.from({ length: 2 * rows }, () => Math.floor(8 * uniform()));
