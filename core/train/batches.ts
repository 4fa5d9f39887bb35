import { permutation } from "../data/sampler.ts";
import type { DataSet, ImageStream } from "../data/source.ts";
import { columnsOf, drawViews, showWhole, type ViewConfig, viewsOf } from "../data/views.ts";
import { BOX } from "../ops/crop.ts";
import { stream } from "../random.ts";
import type { RunConfig } from "./config.ts";
import { sourceExtents } from "./shown.ts";

/** What the host makes for one step: which samples, how they are shown, and what is cut out of them where images vary. */
export interface Batch {
  readonly index: Uint32Array<ArrayBuffer>;
  /** Of each view, the rows of its crop and of each step: columns a row as `columnsOf` has them. */
  readonly rows: readonly (readonly Float32Array<ArrayBuffer>[])[];
  /** Of each view, u8 [N, height, width, 3]; none where the device holds all images. */
  readonly pixels: readonly Uint8Array<ArrayBuffer>[];
}

/** The batches of a run, made in arrays that are used again: a function of the seed, the step and the epoch's order alone. */
export interface Batches {
  /** Sets an epoch's order: position -> sample. Where none is set, each sample comes once, shuffled by the seed. */
  arrange(epoch: number, sample: (position: number) => number): void;
  /** A step's batch, when it is made. It stays as it is until `ahead`. */
  at(step: number): Promise<Batch>;
  /** Gives a step's batch back and begins with those after it of which `known` is true. */
  ahead(step: number, known: (step: number) => boolean): void;
}

/** Steps for which images that vary are decoded ahead of the device. */
const AHEAD = 3;

/** Steps of an epoch: the tail that does not fill a batch is dropped. Throws where there is no whole batch. */
export function stepsPerEpoch(images: number, batch: number): number {
  if (batch > images)
    throw new RangeError(
      `pretrain: a batch of ${batch} images exceeds the data set, which has ${images}; lower --batch-size`,
    );
  return Math.floor(images / batch);
}

export function createBatches(
  { batchSize, seed, views }: RunConfig,
  images: Pick<DataSet, "count"> & (ImageStream | { height: number; width: number }),
  viewsPerImage: number,
): Batches {
  const perEpoch = stepsPerEpoch(images.count, batchSize);
  const made = viewsOf(views, viewsPerImage);
  const cuts = "cut" in images ? cutter(images, made) : undefined;
  const slots = Array.from({ length: cuts ? AHEAD : 1 }, () => ({
    step: -1,
    ready: Promise.resolve(),
    batch: {
      index: new Uint32Array(batchSize),
      rows: made.map((view) => columnsOf(view).map((columns) => new Float32Array(batchSize * columns))),
      pixels: cuts?.pixels(batchSize) ?? [],
    },
  }));
  let order: { epoch: number; sample: (position: number) => number } | undefined;
  function checked(sample: number): number {
    if (Number.isInteger(sample) && sample >= 0 && sample < images.count) return sample;
    throw new RangeError(`sampler: samples run from 0 to ${images.count - 1}; got ${sample}`);
  }

  function draw({ index, rows }: Batch, step: number): void {
    const epoch = Math.floor(step / perEpoch);
    const first = (step % perEpoch) * batchSize;
    if (order?.epoch !== epoch)
      order = { epoch, sample: permutation(images.count, stream(seed, "order", epoch)) };
    for (let i = 0; i < batchSize; i++) index[i] = checked(order.sample(first + i));
    const extents = "cut" in images ? extentsIn(images, index) : () => images;
    for (const [view, drawn] of rows.entries())
      drawViews(drawn, made[view], { seed, epoch, first, count: batchSize, view }, extents);
  }

  const slotOf = (step: number) => slots[step % slots.length];
  /** Once what was begun in the same arrays before has ended, whatever became of it. */
  async function fill(batch: Batch, step: number, before: Promise<void>): Promise<void> {
    await before.catch(() => {});
    draw(batch, step);
    await cuts?.cut(batch);
  }
  function make(step: number): void {
    const slot = slotOf(step);
    if (slot.step === step) return;
    slot.step = step;
    slot.ready = fill(slot.batch, step, slot.ready);
    slot.ready.catch(() => {}); // whoever takes the batch hears of it
  }

  return {
    arrange(epoch, sample) {
      order = { epoch, sample };
      for (const slot of slots) slot.step = -1;
    },
    async at(step) {
      make(step);
      const { ready, batch } = slotOf(step);
      await ready;
      return batch;
    },
    ahead(step, known) {
      for (let next = step + 1; next <= step + slots.length && known(next); next++) make(next);
    },
  };
}

/** Height and width of the i-th image of an index. */
const extentsIn =
  ({ sizes }: ImageStream, index: Uint32Array) =>
  (i: number) => ({ height: sizes[2 * index[i]], width: sizes[2 * index[i] + 1] });

/** Cuts the boxes that were drawn out of a stream's images; what is left to do on the device shows the cuts whole. */
function cutter(images: ImageStream, made: readonly ViewConfig[]) {
  const extents = made.map((view) => sourceExtents(view, { count: images.count }));
  return {
    pixels: (count: number) => extents.map(({ height, width }) => new Uint8Array(count * height * width * 3)),

    async cut({ index, rows, pixels }: Batch): Promise<void> {
      const views = rows.map(([boxes], view) => {
        const cut = new Uint32Array(4 * index.length);
        for (let i = 0; i < index.length; i++) cut.set(boxes.subarray(i * BOX, i * BOX + 4), 4 * i);
        showWhole(boxes, extents[view]);
        return { boxes: cut, ...extents[view], pixels: pixels[view] };
      });
      index.set(await images.cut(index, views)); // a damaged image has another in its place
    },
  };
}
