import { z } from "zod";
import { colorJitter, crop, grayscale, normalizeColor } from "../ops/index.ts";
import type { Tensor } from "../tensor.ts";

const share = z.number().min(0).max(1);
const strength = z.number().min(0).max(10);
const color = z.tuple([z.number(), z.number(), z.number()]);
const range = z
  .tuple([z.number().positive(), z.number().positive()])
  .refine(([low, high]) => low <= high, "low <= high");

/** How images become views: what the host draws (data/views.ts), and how colours are normalised at the end. */
export const viewConfig = z.strictObject({
  crop: z.strictObject({ scale: range, ratio: range }),
  flip: share,
  jitter: z.strictObject({
    p: share,
    brightness: strength,
    contrast: strength,
    saturation: strength,
    hue: z.number().min(0).max(0.5),
  }),
  gray: share,
  size: z.int().positive().max(1024).optional(), // pixels of a view's side; the images' own where nothing is said
  mean: color,
  std: color.refine((std) => std.every((s) => s > 0), "must be positive"),
});

export type ViewConfig = z.infer<typeof viewConfig>;

/** Pixels of a view. */
export function viewExtents({ size }: ViewConfig, images: { height: number; width: number }) {
  return { height: size ?? images.height, width: size ?? images.width };
}

/**
 * Views of the indexed images as drawn in `rows`, normalised.
 *
 *     pixels u8 [M, H, W, 3], index u32 [N], rows [N, ROW] -> [N, height, width, 3]
 */
export function augment(
  pixels: Tensor,
  index: Tensor,
  rows: Tensor,
  extents: { height: number; width: number },
  { mean, std }: ViewConfig,
): Tensor {
  return normalizeColor(grayscale(colorJitter(crop(pixels, index, rows, extents), rows), rows), {
    mean,
    std,
  });
}
