import type { Entry, Skipped } from "../source.ts";
import type { DecodePool } from "./decodePool.ts";
import { ordered } from "./ordered.ts";
import { checkSkipped } from "./skipping.ts";

const TOGETHER = 64; // files to a question

/** Images by what their headers say. */
export interface Scanned {
  entries: Entry[];
  sizes: Uint32Array; // [entries, 2]: height and width, upright
  skipped: Skipped[];
}

/**
 * Learns the images' sizes from the beginnings of their files. Those whose header is bad are left out. Throws, once all are
 * known, if they are more than 1 %, and more than one.
 */
export async function scan(
  entries: readonly Entry[],
  pool: DecodePool,
  { ahead, onProgress }: { ahead: number; onProgress?(done: number, total: number): void },
): Promise<Scanned> {
  const total = entries.length;
  const kept: Entry[] = [];
  const sizes = new Uint32Array(2 * total);
  const skipped: Skipped[] = [];
  const batch = (i: number) => entries.slice(i * TOGETHER, (i + 1) * TOGETHER);
  let done = 0;
  for await (const { values, failures } of ordered(Math.ceil(total / TOGETHER), ahead, (i) =>
    pool.ask({ do: "sizes", entries: batch(i) }),
  )) {
    const reasons = new Map(failures.map(({ position, reason }) => [position, reason]));
    for (let i = 0; i < values.length / 2; i++, done++) {
      const reason = reasons.get(i);
      if (reason === undefined) {
        sizes.set(values.subarray(2 * i, 2 * i + 2), 2 * kept.length);
        kept.push(entries[done]);
        continue;
      }
      skipped.push({ name: entries[done].name, reason });
    }
    onProgress?.(done, total);
  }
  checkSkipped(skipped, total);
  return { entries: kept, sizes: sizes.slice(0, 2 * kept.length), skipped };
}
