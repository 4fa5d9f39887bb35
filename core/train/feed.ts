import type { DataSet } from "../data/source.ts";
import type { Memory } from "../memory.ts";
import type { Moment } from "../methods/index.ts";
import { size } from "../shape.ts";
import type { Tensor, Values } from "../tensor.ts";
import type { Batch } from "./batches.ts";
import { upTo } from "./features.ts";
import type { Trace } from "./trace.ts";

/** Writes what all steps show: the images, where they lie on the device, else which place in a shard is which. */
export function feedRun(memory: Memory, { pixels, places }: Trace, images: DataSet): void {
  if ("pixels" in images) for (const all of new Set(pixels)) memory.write(all, images.pixels);
  if (places) memory.write(places, upTo(size(places.shape)));
}

/** Writes what one shard of a step is computed from: its part of the batch, and the method's per-step values. */
export function feedShard(memory: Memory, trace: Trace, batch: Batch, moment: Moment): void {
  const { index, indices, rows, pixels, scheduled } = trace;
  if (moment.shards > 1 && moment.shard === 0) memory.write(indices, batch.index);
  const part = (x: Tensor, all: Values) => {
    const elements = size(x.shape);
    memory.write(x, all.subarray(moment.shard * elements, (moment.shard + 1) * elements));
  };
  part(index, batch.index);
  for (const [view, tables] of rows.entries())
    for (const [table, each] of tables.entries()) part(each, batch.rows[view][table]);
  for (const [view, each] of batch.pixels.entries()) part(pixels[view], each);
  for (const [tensor, { values, write }] of scheduled) {
    write(values, moment);
    memory.write(tensor, values);
  }
}
