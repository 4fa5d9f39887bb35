import { availableParallelism, totalmem } from "node:os";
import { classify, type Entry, type ImageSet, type Skipped } from "../source.ts";
import { type DecodePool, decodePool } from "./decodePool.ts";
import type { Decoded } from "./decodeWorker.ts";
import { fingerprint } from "./fingerprint.ts";
import { openData } from "./index.ts";

const BATCH_BYTES = 2 ** 20; // of pixels: enough to make the message cheap, little enough to stay in the cache

/** How loadImages goes about it. */
export interface LoadOptions {
  /** Decode threads; the result does not depend on them. */
  threads?: number;
  /** Images of more pixels are skipped. */
  maxPixels?: number;
  onProgress?(done: number, total: number): void;
}

/**
 * A small data set into memory: finds the images of `paths` (see openData), decodes them in threads.
 *
 *     -> pixels [count, height, width, 3], in order of names
 *
 * Images that cannot be decoded are left out and listed in `skipped`. Throws if they are more than 1 %, if two images
 * differ in size, or if the set does not fit into this machine's memory.
 */
export async function loadImages(
  paths: readonly string[],
  { threads = availableParallelism(), maxPixels, onProgress }: LoadOptions = {},
): Promise<ImageSet> {
  if (!(Number.isInteger(threads) && threads >= 1))
    throw new RangeError(`data: threads must be at least 1; got ${threads}`);
  const entries = await openData(paths);
  const pool = await decodePool(Math.min(threads, Math.ceil(entries.length / 64)), { maxPixels });
  try {
    const [print, { pixels, size, kept, skipped }] = await Promise.all([
      fingerprint(entries),
      decodeAll(entries, pool, 3 * threads, onProgress),
    ]);
    return {
      pixels,
      count: kept.length,
      ...size,
      names: kept.map((entry) => entry.name),
      ...classify(kept.map((entry) => entry.label)),
      fingerprint: print,
      skipped,
    };
  } finally {
    await pool.close();
  }
}

interface Size {
  height: number;
  width: number;
}

/** Answers are taken in the order of the entries, so that which error comes first does not depend on the threads. */
async function decodeAll(
  entries: Entry[],
  pool: DecodePool,
  ahead: number, // batches under way at most
  onProgress?: LoadOptions["onProgress"],
): Promise<{ pixels: Uint8Array; size: Size; kept: Entry[]; skipped: Skipped[] }> {
  const total = entries.length;
  const kept: Entry[] = [];
  const skipped: Skipped[] = [];
  let size: Size | undefined;
  let pixels = new Uint8Array();

  function take(batch: Entry[], answer: Decoded): void {
    for (const [i, image] of answer.images.entries()) {
      if ("reason" in image) {
        skipped.push({ name: batch[i].name, reason: image.reason });
        if (skipped.length > total / 100) throw tooMany(skipped, total);
        continue;
      }
      if (!size) {
        size = { height: image.height, width: image.width };
        pixels = allocate(total, size);
      }
      if (image.height !== size.height || image.width !== size.width)
        throw differ(kept[0], size, batch[i], image);
      const bytes = size.height * size.width * 3;
      pixels.set(answer.pixels.subarray(image.start, image.start + bytes), kept.length * bytes);
      kept.push(batch[i]);
    }
    answer.pixels.buffer.transfer(0); // gives the memory back now: the collector would let a hundred such pile up
    onProgress?.(kept.length + skipped.length, total);
  }

  let next = 0;
  while (!size && next < total) {
    const batch = [entries[next++]]; // alone: how many fit into a batch depends on their size
    take(batch, await pool.decode(batch));
  }
  if (!size) throw tooMany(skipped, total);
  const step = Math.max(1, Math.floor(BATCH_BYTES / (size.height * size.width * 3)));
  const underWay: { batch: Entry[]; answer: Promise<Decoded> }[] = [];
  while (next < total || underWay.length > 0) {
    while (next < total && underWay.length < ahead) {
      const batch = entries.slice(next, next + step);
      underWay.push({ batch, answer: pool.decode(batch, size) });
      next += step;
    }
    const { batch, answer } = underWay.shift() as { batch: Entry[]; answer: Promise<Decoded> }; // not empty
    take(batch, await answer);
  }
  return { pixels: pixels.subarray(0, kept.length * size.height * size.width * 3), size, kept, skipped };
}

function allocate(count: number, { height, width }: Size): Uint8Array<ArrayBuffer> {
  const bytes = count * height * width * 3;
  const memory = Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
  if (bytes > memory)
    throw new Error(
      `data: ${count} images of ${width} x ${height} take ${gigabytes(bytes)} in memory, and this machine has ` +
        `${gigabytes(memory)}; make them smaller or give fewer`,
    );
  return new Uint8Array(bytes);
}

const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;

function tooMany(skipped: Skipped[], total: number): Error {
  const [{ name, reason }] = skipped;
  return new Error(
    `data: more than 1 % of the ${total} images cannot be decoded; the first is ${name} (${reason}); remove or repair them`,
  );
}

function differ(first: Entry, size: Size, other: Entry, found: Size): Error {
  return new Error(
    `data: all images must be of one size; got ${first.name} of ${size.width} x ${size.height} and ${other.name} of ` +
      `${found.width} x ${found.height}; images of varying size are not supported yet, resize them first`,
  );
}
