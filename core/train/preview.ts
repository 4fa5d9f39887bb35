import type { Backend } from "../backend.ts";
import { centreBoxes } from "../data/boxes.ts";
import type { DataSet } from "../data/source.ts";
import { scoped } from "../freeing.ts";
import { Memory } from "../memory.ts";
import type { Method } from "../methods/index.ts";
import type { Extents } from "../ops/augmentation.ts";
import { sobel } from "../ops/index.ts";
import { compile } from "../program.ts";
import { size } from "../shape.ts";
import { input, state, type Tensor } from "../tensor.ts";
import { createBatches } from "./batches.ts";
import { methodOf, type RunConfig } from "./config.ts";
import { upTo } from "./features.ts";
import { showViews, sourceExtents } from "./shown.ts";

/** Images of one size, u8 [N, height, width, 3]. */
export interface Pictures extends Extents {
  readonly pixels: Uint8Array<ArrayBuffer>;
}

/** Images of a data set and what an encoder is shown of them. */
export interface Preview {
  /** Which images, [N]. */
  readonly index: Uint32Array;
  /** Whole where all are of one size, else the square at the centre. */
  readonly originals: Pictures;
  /** One for each picture that the encoder sees of an image: its views, or what the method makes of them. */
  readonly views: readonly Pictures[];
}

const UNCHANGED = { mean: [0, 0, 0], std: [1, 1, 1] } satisfies RunConfig["normalize"];

/**
 * The first images of a run's first epoch and their views, made by the ops and from the draws that training has, for
 * people to look at: colours as they are before they are normalised; where the encoder sees Sobel's two filters, the length
 * sqrt(gx^2 + gy^2) of what they answer to the normalised view, as gray, each picture's largest white.
 *
 * `perImage` pictures of an image are made where the recipe has one kind of view, of which the first are those that
 * training shows, and at least all that the method makes of one; all of the recipe's views where it has several kinds.
 */
export async function previewViews(
  backend: Backend,
  config: RunConfig,
  images: DataSet,
  { count = 8, perImage, method: own }: { count?: number; perImage?: number; method?: Method } = {},
): Promise<Preview> {
  const batch = Math.min(count, images.count);
  const oneKind = config.views.length === 1 && config.views[0].repeat === undefined;
  const { method } = methodOf(config, own);
  const { pictures = (view: Tensor) => view } = method;
  const { height, width } = sourceExtents(config.views[0], images);
  const perView = pictures(input([1, height, width, 3])).shape[0];
  const views = oneKind && perImage ? Math.ceil(perImage / perView) : method.views;
  const shown = "pixels" in images ? { ...images, count: batch } : { count: batch };
  const { sobel: filtered } = config.encoder;
  const normalize = filtered ? config.normalize : UNCHANGED;
  const trace = showViews(shown, config.views, { count: views, batch, normalize });
  const colors = trace.views.map(pictures); // [perView batch, height, width, 3]
  const seen = filtered ? colors.map((each) => sobel(each)) : colors; // of filters [..., 2]

  const batches = createBatches({ ...config, batchSize: batch }, images, views);
  const { index, rows, pixels } = await batches.at(0);
  const originals = await originalsOf(images, index, sourceExtents(config.views[0], images));

  using memory = scoped(new Memory(backend));
  const targets = seen.map((view) => state(view.shape));
  using program = scoped(
    await compile(backend, memory, [seen.map((value, i) => ({ target: targets[i], value }))]),
  );
  for (const places of [trace.index, trace.places]) if (places) memory.write(places, upTo(batch));
  for (const [view, tables] of trace.rows.entries())
    for (const [table, drawn] of tables.entries()) memory.write(drawn, rows[view][table]);
  for (const [view, tensor] of trace.pixels.entries()) memory.write(tensor, pixels[view] ?? originals.pixels); // a set's are one tensor for all views
  await program.run();
  const made: Pictures[] = [];
  for (const target of targets) {
    const [, height, width] = target.shape;
    const values = (await memory.read(target)) as Float32Array;
    const pixels = filtered ? edges(values, height * width) : bytes(values);
    const each = size([height, width, 3]);
    for (let picture = 0; picture < perView; picture++)
      made.push({ pixels: every(pixels, each, picture, perView), height, width });
  }
  return { index, originals, views: made };
}

/** Of pieces of `size` bytes the one at `first` and every `step`-th after it. */
function every(pixels: Uint8Array, size: number, first: number, step: number): Uint8Array<ArrayBuffer> {
  const found = new Uint8Array(pixels.length / step);
  for (let to = 0, from = first * size; to < found.length; to += size, from += step * size)
    found.set(pixels.subarray(from, from + size), to);
  return found;
}

/** Colours of 0 to 1 as bytes. */
const bytes = (values: Float32Array): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(values, (v) => Math.round(255 * Math.max(0, Math.min(1, v))));

/** What two filters answer in pictures of so many pixels, as gray: its length beside the picture's largest. */
function edges(answers: Float32Array, pixels: number): Uint8Array<ArrayBuffer> {
  const gray = new Uint8Array((answers.length / 2) * 3);
  const lengths = new Float64Array(pixels);
  for (let first = 0; first < answers.length / 2; first += pixels) {
    for (let i = 0; i < pixels; i++) {
      const at = 2 * (first + i);
      lengths[i] = Math.sqrt(answers[at] ** 2 + answers[at + 1] ** 2);
    }
    const most = lengths.reduce((a, b) => Math.max(a, b)) || 1;
    for (const [i, length] of lengths.entries())
      gray.fill(Math.round((255 * length) / most), 3 * (first + i), 3 * (first + i + 1));
  }
  return gray;
}

async function originalsOf(images: DataSet, index: Uint32Array, extents: Extents): Promise<Pictures> {
  const each = size([extents.height, extents.width, 3]);
  const pixels = new Uint8Array(index.length * each);
  if ("cut" in images) {
    const boxes = centreBoxes(index, images.sizes, 1);
    await images.cut(index, [{ boxes, ...extents, pixels }]);
  } else
    for (const [i, n] of index.entries())
      pixels.set(images.pixels.subarray(n * each, (n + 1) * each), i * each);
  return { pixels, ...extents };
}
