import { z } from "zod";
import { extentsOf, stepOf, type ViewConfig } from "../data/views.ts";
import { crop, normalizeColor } from "../ops/index.ts";
import type { Tensor } from "../tensor.ts";

const color = z.tuple([z.number(), z.number(), z.number()]);

/** How the colours of all that an encoder sees are normalised: (x - mean) / std. */
export const normalizeConfig = z.strictObject({
  mean: color.describe("Subtracted from red, green and blue, which lie in 0 .. 1."),
  std: color
    .refine((std) => std.every((s) => s > 0), "must be positive")
    .describe("What they are then divided by."),
});

export type NormalizeConfig = z.infer<typeof normalizeConfig>;

/**
 * Views of the indexed images as drawn in `rows` (data/views.ts), normalised.
 *
 *     pixels u8 [M, H, W, 3], index u32 [N], rows [N, columns] of the crop and of each step -> [N, height, width, 3]
 */
export function augment(
  pixels: Tensor,
  index: Tensor,
  [boxes, ...rows]: readonly Tensor[],
  view: ViewConfig,
  normalize: NormalizeConfig,
): Tensor {
  const [, height, width] = pixels.shape;
  const cut = crop(pixels, index, boxes, extentsOf(view, { height, width })[0]);
  const changed = view.steps
    .map(stepOf)
    .reduce((x, [step, config], i) => step.apply(x, rows[i], config), cut);
  return normalizeColor(changed, normalize);
}
