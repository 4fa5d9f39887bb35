import { checkSteps, columnsOf, extentsOf, stepOf, type ViewConfig, viewsOf } from "../data/views.ts";
import type { Extents } from "../ops/augmentation.ts";
import { input, type Tensor } from "../tensor.ts";
import { augment, type NormalizeConfig } from "./augment.ts";

/** The images of a run as far as what is compiled depends on them: their extents, where all are of one size. */
export interface Shown extends Partial<Extents> {
  readonly count: number;
}

/** What to do where images vary and the view has no size: who trains may give it one, who uses an encoder may not. */
const UNSIZED = {
  train:
    "views: images of varying size are shown at a size that the recipe says; add --set views.0.size=96, for example, or take simclr-photos",
  use: "views: this encoder was trained at its images' own size, and takes images of one size; give such, or train with --set views.0.size=96, for example",
};

/**
 * What views are cut to on the host where images vary; where they are of one size, the images' extents.
 * Throws where images vary and the view has no size.
 */
export function sourceExtents(
  { size }: ViewConfig,
  { height = size, width = size }: Shown,
  to: keyof typeof UNSIZED = "train",
): Extents {
  if (height === undefined || width === undefined) throw new RangeError(UNSIZED[to]);
  return { height, width };
}

/** Extents at which an encoder is used: those of a finished view, or of what it is before it becomes several pictures. */
export const viewExtents = (view: ViewConfig, images: Shown, to?: keyof typeof UNSIZED): Extents =>
  extentsOf(view, sourceExtents(view, images, to)).at(view.steps.findIndex((step) => stepOf(step)[0].apart))!;

/** A shard's views: what the host writes for them, and what they are on the device. */
export interface ShownViews {
  /** Pixels u8 of each view: of all images, one tensor for all views; where images vary, of the shard, cut on the host. */
  readonly pixels: readonly Tensor[];
  /** Which samples are shown, u32 [N]. */
  readonly index: Tensor;
  /** Where images vary, 0 .. N - 1: which of the shard's cut images a view is of. */
  readonly places?: Tensor;
  /** What is drawn for each view, its crop and steps [N, columns]. */
  readonly rows: readonly (readonly Tensor[])[];
  /** [N, H, W, 3], normalised. */
  readonly views: Tensor[];
}

/** Traces the views of a shard of `batch` images, `count` of each. Throws where a step is left too small a view. */
export function showViews(
  images: Shown,
  configs: readonly ViewConfig[],
  { count, batch, normalize }: { count: number; batch: number; normalize: NormalizeConfig },
): ShownViews {
  checkSteps(configs, (view) => sourceExtents(view, images));
  const made = viewsOf(configs, count);
  const index = input([batch], "u32");
  const { height, width } = images;
  const places = height === undefined ? input([batch], "u32") : undefined;
  const extents = made.map((view) => sourceExtents(view, images));
  const all = height && width ? input([images.count, height, width, 3], "u8") : undefined;
  const pixels = extents.map((each) => all ?? input([batch, each.height, each.width, 3], "u8"));
  const rows = made.map((view) => columnsOf(view).map((columns) => input([batch, columns])));
  const views = made.map((view, i) => augment(pixels[i], places ?? index, rows[i], view, normalize));
  return { pixels, index, places, rows, views };
}
