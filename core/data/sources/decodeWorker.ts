import { parentPort, workerData } from "node:worker_threads";
import { type Codecs, decoder, type Image } from "../decode.ts";
import { interleaved } from "../planes.ts";
import type { Entry } from "../source.ts";
import { reader } from "./read.ts";

/** What a decode thread is asked: read and decode these files. */
export interface Batch {
  id: number;
  entries: Entry[];
  /** Of every image, once it is known: the answer ends at the first that differs, lest a batch of giants fills memory. */
  size?: { width: number; height: number };
}

/** What it answers; a file that cannot be read or decoded has a reason instead of an image. */
export interface Decoded {
  id: number;
  images: ({ width: number; height: number; start: number } | { reason: string })[];
  pixels: Uint8Array<ArrayBuffer>; // of all images, one after the other
}

if (!parentPort) throw new Error("decodeWorker: runs as a worker thread only");
const port = parentPort;
const { codecs, maxPixels } = workerData as { codecs: Codecs; maxPixels?: number }; // from decodePool.ts
const decode = await decoder(codecs, { maxPixels });
const files = reader();

async function imageOf(entry: Entry): Promise<Image> {
  const bytes = files.read(entry);
  const { planes } = entry;
  return planes ? { ...planes, pixels: interleaved(bytes, planes) } : decode(bytes);
}

port.on("message", async ({ id, entries, size }: Batch) => {
  const images: Decoded["images"] = [];
  const parts: Uint8Array[] = [];
  let start = 0;
  for (const entry of entries) {
    try {
      const { width, height, pixels } = await imageOf(entry);
      images.push({ width, height, start });
      if (size && (width !== size.width || height !== size.height)) break;
      parts.push(pixels);
      start += pixels.length;
    } catch (error) {
      images.push({ reason: error instanceof Error ? error.message : String(error) });
    }
  }
  const pixels = new Uint8Array(start);
  let at = 0;
  for (const part of parts) {
    pixels.set(part, at);
    at += part.length;
  }
  port.postMessage({ id, images, pixels } satisfies Decoded, [pixels.buffer]);
});
