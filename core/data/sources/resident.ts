import { totalmem } from "node:os";
import { byName, type Entry, type Skipped } from "../source.ts";
import type { DecodePool } from "./decodePool.ts";
import { ordered } from "./ordered.ts";
import type { Scanned } from "./scan.ts";
import { checkSkipped } from "./skipping.ts";

/** Bytes of pixels to a question: enough to make the message cheap, little enough to stay in the cache. */
export const BATCH_BYTES = 2 ** 20;

interface Size {
  height: number;
  width: number;
}

/**
 * All images, which are of one size, into memory: pixels [entries, height, width, 3], in order of names. Those that cannot be
 * decoded are left out. Throws, once all are known, if they are more than 1 % of `total`, and more than one; and if the set does
 * not fit into this machine's memory.
 */
export async function decodeAll(
  { entries, skipped: before, sizes: [height, width] }: Scanned,
  total: number,
  pool: DecodePool,
  { ahead, onProgress }: { ahead: number; onProgress?(done: number, total: number): void },
): Promise<{ pixels: Uint8Array; entries: Entry[]; skipped: Skipped[] }> {
  const bytes = height * width * 3;
  const step = Math.max(1, Math.floor(BATCH_BYTES / bytes));
  const pixels = allocate(entries.length, { height, width });
  const kept: Entry[] = [];
  const skipped = [...before];
  const batch = (i: number) => entries.slice(i * step, (i + 1) * step);
  let done = 0;
  for await (const { values, failures } of ordered(Math.ceil(entries.length / step), ahead, (i) =>
    pool.ask({ do: "decode", entries: batch(i), height, width }),
  )) {
    const reasons = new Map(failures.map(({ position, reason }) => [position, reason]));
    for (let i = 0; i < values.length / bytes; i++, done++) {
      const reason = reasons.get(i);
      if (reason === undefined) {
        pixels.set(values.subarray(i * bytes, (i + 1) * bytes), kept.length * bytes);
        kept.push(entries[done]);
        continue;
      }
      skipped.push({ name: entries[done].name, reason });
    }
    values.buffer.transfer(0); // gives the memory back now: the collector would let a hundred such pile up
    onProgress?.(done, entries.length);
  }
  checkSkipped(skipped.sort(byName), total);
  return { pixels: pixels.subarray(0, kept.length * bytes), entries: kept, skipped };
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
