import { z } from "zod";
import { exp, log } from "../math.ts";
import { between, type Extents, probability, type Step } from "../ops/augmentation.ts";
import { BOX, Box } from "../ops/crop.ts";
import * as ops from "../ops/index.ts";
import { type Stream, stream } from "../random.ts";

/** The ops that recipes can ask for as steps, by their names. */
const steps = new Map(
  Object.values(ops)
    .flatMap((op) => ("step" in op ? [op.step as Step<unknown>] : [])) // each takes the config that it has parsed
    .map((step) => [step.name, step]),
);

const range = z
  .tuple([z.number().positive(), z.number().positive()])
  .refine(([low, high]) => low <= high, "low <= high");

const oneStep = z
  .strictObject(Object.fromEntries([...steps].map(([name, { config }]) => [name, config.optional()])))
  .refine((step) => Object.keys(step).length === 1, `names one of ${[...steps.keys()].join(", ")}`);

/** How one view is made of an image: cut out, mirrored, then changed step by step. */
export const viewConfig = z.strictObject({
  repeat: z
    .int()
    .positive()
    .max(64)
    .optional()
    .describe("Views made in this way: 1, or where it stands alone as many as the method takes."),
  size: z
    .int()
    .positive()
    .max(1024)
    .optional()
    .describe(
      "Pixels of the view's side; the image's own where nothing is said, which takes images of one size.",
    ),
  crop: z
    .strictObject({
      scale: range.default([0.08, 1]).describe("Of the image's area, from and to."), // torchvision's, as the ratio
      ratio: range.default([3 / 4, 4 / 3]).describe("Width / height, from and to."),
    })
    .optional()
    .describe("A random resized crop; the whole image where there is none."),
  flip: probability.default(0).describe("How likely a view is mirrored, left to right."),
  steps: z
    .array(oneStep)
    .default([])
    .describe("What is done to a view, in this order; each is an object with one key."),
});

export type ViewConfig = z.infer<typeof viewConfig>;

/** A step's op and what a recipe says of it. */
export function stepOf(step: ViewConfig["steps"][number]): [Step<unknown>, config: unknown] {
  const [[name, config]] = Object.entries(step);
  return [steps.get(name)!, config]; // parsed by viewConfig
}

/** The view that each of `count` views is made by. Throws where a recipe's do not add up to it. */
export function viewsOf(views: readonly ViewConfig[], count: number): ViewConfig[] {
  const [only] = views;
  if (views.length === 1 && only.repeat === undefined) return Array.from({ length: count }, () => only);
  const all = views.flatMap((view) => Array.from({ length: view.repeat ?? 1 }, () => view));
  if (all.length !== count)
    throw new RangeError(`views: the method takes ${count}; the recipe makes ${all.length}`);
  return all;
}

/** Extents of a view as it is cut out of an image, then as each step leaves it. */
export function extentsOf({ size, steps }: ViewConfig, image: Extents): Extents[] {
  const all = [{ height: size ?? image.height, width: size ?? image.width }];
  for (const [step, config] of steps.map(stepOf))
    all.push(step.extents?.(config, all.at(-1)!) ?? all.at(-1)!);
  return all;
}

/** Throws where a step of a recipe's views is left too small a view; `imageOf` tells the extents that a view is cut from. */
export function checkSteps(views: readonly ViewConfig[], imageOf: (view: ViewConfig) => Extents): void {
  for (const [v, view] of views.entries()) {
    const extents = extentsOf(view, imageOf(view));
    let maker = `views.${v}`; // of the view as large as it is
    for (const [s, [step, config]] of view.steps.map(stepOf).entries()) {
      const key = `views.${v}.steps.${s}.${step.name}`;
      const { height, width } = extents[s];
      const least = step.least?.(config) ?? 1;
      if (Math.min(height, width) < least)
        throw new RangeError(
          `views: ${key} takes a view of ${least} pixels or more; got ${height} x ${width}; ` +
            `raise ${maker}.size, or lower ${key}.size`,
        );
      if (step.extents) maker = key;
    }
  }
}

/** What is drawn for each view: rows of the crop's, then of each step's, with their numbers of columns. */
export const columnsOf = ({ steps }: ViewConfig): number[] => [
  BOX,
  ...steps.map((step) => stepOf(step)[0].columns),
];

/** Where views stand: their epoch, first position in it, and number, which of an image's views they are. */
export interface Positions {
  seed: number;
  epoch: number;
  first: number;
  count: number;
  view: number;
}

/**
 * Draws the views at the positions first .. first + count - 1 of an epoch:
 *
 *     rows: one array a table of `columnsOf(view)`, each [count, columns]
 *     extents(i): height and width of the i-th view's image, which is the view's where it has no size of its own
 *
 * Row i depends on (seed, epoch, first + i, view) alone. Allocates nothing a row. Throws RangeError where rows lack room.
 */
export function drawViews(
  rows: readonly Float32Array[],
  view: ViewConfig,
  { seed, epoch, first, count, view: which }: Positions,
  extents: (i: number) => Extents,
): void {
  const columns = columnsOf(view);
  for (const [table, each] of columns.entries())
    if (!(rows[table]?.length >= count * each))
      throw new RangeError(
        `views: ${count} rows take ${count * each} numbers; got room for ${rows[table]?.length ?? 0}`,
      );
  const random = stream(seed, "views", epoch);
  const drawn = view.steps.map(stepOf);
  const seen = extentsOf(view, extents(0)); // views of a batch are of one size, whatever their images
  for (let i = 0; i < count; i++) {
    random.at(first + i, which);
    const { height, width } = extents(i);
    drawCrop(rows[0], i * BOX, view.crop, random, height, width);
    rows[0][i * BOX + Box.flip] = Number(random.uniform() < view.flip);
    for (let step = 0; step < drawn.length; step++)
      drawn[step][0].sample(rows[step + 1], i * columns[step + 1], drawn[step][1], random, seen[step]);
  }
}

/**
 * Ten attempts, then the largest crop at the centre whose ratio is in range; the distributions and the order of draws are
 * torchvision's, its generator is not.
 * https://github.com/pytorch/vision/blob/v0.20.0/torchvision/transforms/transforms.py (RandomResizedCrop.get_params)
 */
function drawCrop(
  rows: Float32Array,
  at: number,
  crop: ViewConfig["crop"],
  random: Stream,
  H: number,
  W: number,
): void {
  if (!crop) {
    setBox(rows, at, 0, 0, H, W);
    return;
  }
  const { scale, ratio } = crop;
  const low = log(ratio[0]);
  const high = log(ratio[1]);
  for (let attempt = 0; attempt < 10; attempt++) {
    const area = H * W * between(random, scale[0], scale[1]);
    const aspect = exp(between(random, low, high));
    const w = round(Math.sqrt(area * aspect));
    const h = round(Math.sqrt(area / aspect));
    if (w < 1 || w > W || h < 1 || h > H) continue;
    setBox(rows, at, random.below(H - h + 1), random.below(W - w + 1), h, w);
    return;
  }
  const w = W / H > ratio[1] ? round(H * ratio[1]) : W;
  const h = W / H < ratio[0] ? round(W / ratio[0]) : H;
  setBox(rows, at, Math.floor((H - h) / 2), Math.floor((W - w) / 2), h, w);
}

function setBox(
  rows: Float32Array,
  at: number,
  top: number,
  left: number,
  height: number,
  width: number,
): void {
  rows[at + Box.top] = top;
  rows[at + Box.left] = left;
  rows[at + Box.height] = height;
  rows[at + Box.width] = width;
}

/** Makes rows of crops [N, BOX] show whole images of one size; whether they are mirrored stays. */
export function showWhole(rows: Float32Array, { height, width }: Extents): void {
  for (let at = 0; at < rows.length; at += BOX) setBox(rows, at, 0, 0, height, width);
}

/** To the nearest integer, halves to the even one, as Python rounds. x >= 0. */
function round(x: number): number {
  const nearest = Math.floor(x + 0.5);
  return nearest - x === 0.5 && nearest % 2 === 1 ? nearest - 1 : nearest;
}
