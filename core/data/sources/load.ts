import { availableParallelism } from "node:os";
import { classify, type DataSet, type Entry } from "../source.ts";
import { decodePool } from "./decodePool.ts";
import { fingerprint } from "./fingerprint.ts";
import { openData } from "./index.ts";
import { passing } from "./passedOver.ts";
import { decodeAll } from "./resident.ts";
import { type Scanned, scan } from "./scan.ts";
import { openStream } from "./stream.ts";

/** How loadImages goes about it. */
export interface LoadOptions {
  /** Decode threads; the result does not depend on them. */
  threads?: number;
  /** Images of more pixels are skipped. */
  maxPixels?: number;
  /** Bytes of pixels up to which images of one size are decoded into memory. A run's bits depend on which of the two it is. */
  resident?: number;
  /** First every file's header is looked at; then, where they go into memory, the images are decoded. */
  onProgress?(done: number, total: number, phase: "headers" | "pixels"): void;
}

/** A gibibyte: CIFAR's and half of what a device takes in one piece. */
const RESIDENT = 2 ** 30;

/**
 * The images of `paths` (see openData), their sizes learned from their headers in threads.
 *
 *     -> an ImageSet of images that all have one size and take at most `resident` bytes, decoded;
 *        an ImageStream of all others, whose threads decode them whenever they are shown, until it is closed
 *
 * Images whose header is bad are left out and listed in `skipped`; so are, of a set, those that cannot be decoded. Throws if
 * they are more than 1 %, and more than one, or if a set does not fit into this machine's memory.
 */
export async function loadImages(
  paths: string | readonly string[],
  { threads = availableParallelism(), maxPixels, resident = RESIDENT, onProgress }: LoadOptions = {},
): Promise<DataSet> {
  if (!(Number.isInteger(threads) && threads >= 1))
    throw new RangeError(`data: threads must be at least 1; got ${threads}`);
  if (!(resident >= 0)) throw new RangeError(`data: resident is a number of bytes; got ${resident}`);
  const passed = passing();
  const entries = await openData(paths, passed);
  const total = entries.length;
  const ahead = 3 * threads; // questions under way at most
  const pool = await decodePool(threads, { maxPixels });
  let streams = false;
  try {
    const print = fingerprint(entries);
    print.catch(() => {}); // heard of below, unless the scan fails before
    const progress = (phase: "headers" | "pixels") => (done: number, all: number) =>
      onProgress?.(done, all, phase);
    const scanned = await scan(entries, pool, { ahead, onProgress: progress("headers") });
    const about = async (kept: readonly Entry[]) => ({
      count: kept.length,
      names: kept.map((entry) => entry.name),
      ...classify(kept.map((entry) => entry.label)),
      fingerprint: await print,
      passedOver: passed.all,
    });
    if (!ofOneSize(scanned, resident)) {
      const described = { ...(await about(scanned.entries)), skipped: scanned.skipped };
      streams = true; // and ends the threads when it is closed
      return openStream(scanned, described, total, pool);
    }
    const set = await decodeAll(scanned, total, pool, { ahead, onProgress: progress("pixels") });
    const [height, width] = scanned.sizes;
    return { pixels: set.pixels, height, width, ...(await about(set.entries)), skipped: set.skipped };
  } finally {
    if (!streams) await pool.close();
  }
}

/** Whether the images may be held in memory together. */
function ofOneSize({ sizes }: Scanned, resident: number): boolean {
  const [height, width] = sizes;
  const same = sizes.every((side, i) => side === (i % 2 ? width : height));
  return same && (sizes.length / 2) * height * width * 3 <= resident;
}
