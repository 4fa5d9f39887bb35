import { permutation } from "../data/sampler.ts";
import { columnsOf, drawViews, viewsOf } from "../data/views.ts";
import { stream } from "../random.ts";
import type { RunConfig } from "./config.ts";

/** What the host draws for one step, in arrays that are used again: which samples, and how they are shown. */
export interface Batch {
  readonly index: Uint32Array<ArrayBuffer>;
  /** Of each view, the rows of its crop and of each step: columns a row as `columnsOf` has them. */
  readonly rows: readonly (readonly Float32Array<ArrayBuffer>[])[];
  /** Fills the arrays for a step, unless they are; a function of the seed, the step and the epoch's order alone. */
  draw(step: number): void;
  /** Sets an epoch's order: position -> sample. Where none is set, each sample comes once, shuffled by the seed. */
  arrange(epoch: number, sample: (position: number) => number): void;
}

/** Steps of an epoch: the tail that does not fill a batch is dropped. Throws where there is no whole batch. */
export function stepsPerEpoch(images: number, batch: number): number {
  if (batch > images)
    throw new RangeError(
      `pretrain: a batch of ${batch} images exceeds the data set, which has ${images}; lower --batch-size`,
    );
  return Math.floor(images / batch);
}

export function createBatch(
  { batchSize, seed, views }: RunConfig,
  images: { count: number; height: number; width: number },
  viewsPerImage: number,
): Batch {
  const perEpoch = stepsPerEpoch(images.count, batchSize);
  const index = new Uint32Array(batchSize);
  const made = viewsOf(views, viewsPerImage);
  const rows = made.map((view) => columnsOf(view).map((columns) => new Float32Array(batchSize * columns)));
  let held: number | undefined; // the step in the arrays
  let order: { epoch: number; sample: (position: number) => number } | undefined;
  function checked(sample: number): number {
    if (Number.isInteger(sample) && sample >= 0 && sample < images.count) return sample;
    throw new RangeError(`sampler: samples run from 0 to ${images.count - 1}; got ${sample}`);
  }
  return {
    index,
    rows,
    arrange(epoch, sample) {
      order = { epoch, sample };
      held = undefined;
    },
    draw(step) {
      if (held === step) return;
      const epoch = Math.floor(step / perEpoch);
      const first = (step % perEpoch) * batchSize;
      if (order?.epoch !== epoch)
        order = { epoch, sample: permutation(images.count, stream(seed, "order", epoch)) };
      for (let i = 0; i < batchSize; i++) index[i] = checked(order.sample(first + i));
      for (const [view, drawn] of rows.entries())
        drawViews(drawn, made[view], { seed, epoch, first, count: batchSize, view }, () => images);
      held = step;
    },
  };
}
