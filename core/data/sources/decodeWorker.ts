import { parentPort, workerData } from "node:worker_threads";
import { type Codecs, decoder, type Image } from "../decode.ts";
import { checkPixels, imageHeader, MAX_PIXELS, uprightSize } from "../header.ts";
import { interleaved } from "../planes.ts";
import { LONGEST_SIDE, resizer } from "../resize.ts";
import type { Entry } from "../source.ts";
import { reader } from "./read.ts";

/** Bytes of a file that are read for its header: most JPEGs have it within their first few thousand. */
const BEGINNING = 16_384;

/** What a decode thread is asked about some files. */
export type Ask =
  /** Their images' sizes, upright, from their headers alone -> [N, 2] (height, width). */
  | { do: "sizes"; entries: Entry[] }
  /** Their pixels, of the size that their headers told -> [N, height, width, 3]. */
  | { do: "decode"; entries: Entry[]; height: number; width: number }
  /**
   * Views of them, all of one after the other: view v is boxes[v] [N, 4] (top, left, height, width), resized.
   * -> [N, height, width, 3] for each view
   */
  | {
      do: "cut";
      entries: Entry[];
      sizes: Uint32Array; // [N, 2], as their headers told
      boxes: Uint32Array[];
      views: { height: number; width: number }[];
    };

export type AskOf<Kind extends Ask["do"]> = Extract<Ask, { do: Kind }>;

/** What it answers, in the order of the questions; the values of an image that could not be decoded are 0. */
export interface Answer<T = Uint8Array<ArrayBuffer> | Uint32Array<ArrayBuffer>> {
  values: T;
  failures: { position: number; reason: string }[];
}

/** What it answers where it cannot answer at all. */
export interface Failed {
  error: string;
}

if (!parentPort) throw new Error("decodeWorker: runs as a worker thread only");
const port = parentPort;
const { codecs, maxPixels = MAX_PIXELS } = workerData as { codecs: Codecs; maxPixels?: number }; // from decodePool.ts
const decode = await decoder(codecs, { maxPixels });
const resize = resizer(codecs.resize);
const files = reader();

const reasonOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** Calls `each` for the entries in turn and notes which of them throw. */
async function attempt(
  entries: Entry[],
  each: (entry: Entry, position: number) => void | Promise<void>,
): Promise<Answer["failures"]> {
  const failures: Answer["failures"] = [];
  for (const [position, entry] of entries.entries())
    try {
      await each(entry, position);
    } catch (error) {
      failures.push({ position, reason: reasonOf(error) });
    }
  return failures;
}

function sizeOf(entry: Entry): { height: number; width: number } {
  if (entry.planes) return entry.planes;
  const beginning = files.read({ ...entry, size: Math.min(entry.size, BEGINNING) });
  const header = headerOf(entry, beginning);
  checkPixels(header, maxPixels);
  if (Math.max(header.height, header.width) > LONGEST_SIDE)
    throw new Error(
      `image: a side of at most ${LONGEST_SIDE} pixels; got ${header.width} x ${header.height}; make it smaller`,
    );
  return uprightSize(header);
}

function headerOf(entry: Entry, beginning: Uint8Array) {
  try {
    return imageHeader(beginning, entry.size);
  } catch (error) {
    if (beginning.length === entry.size) throw error;
    return imageHeader(files.read(entry)); // the whole file says more, or what is wrong
  }
}

async function imageOf(
  { planes }: Entry,
  bytes: Uint8Array,
  size: { height: number; width: number },
): Promise<Image> {
  const image = planes ? { ...planes, pixels: interleaved(bytes, planes) } : await decode(bytes);
  if (image.height !== size.height || image.width !== size.width)
    throw new Error(
      `image: the file has changed: it was ${size.width} x ${size.height}, now ${image.width} x ${image.height}`,
    );
  return image;
}

async function sizes({ entries }: AskOf<"sizes">): Promise<Answer> {
  const values = new Uint32Array(2 * entries.length);
  const failures = await attempt(entries, (entry, i) => {
    const { height, width } = sizeOf(entry);
    values.set([height, width], 2 * i);
  });
  return { values, failures };
}

async function decodeAll({ entries, ...size }: AskOf<"decode">): Promise<Answer> {
  const bytes = size.height * size.width * 3;
  const values = new Uint8Array(entries.length * bytes);
  const failures = await attempt(entries, async (entry, i) => {
    values.set((await imageOf(entry, files.read(entry), size)).pixels, i * bytes);
  });
  return { values, failures };
}

async function cut({ entries, sizes, boxes, views }: AskOf<"cut">): Promise<Answer> {
  const bytes = views.map(({ height, width }) => 3 * height * width); // of one image's
  const values = new Uint8Array(entries.length * bytes.reduce((sum, each) => sum + each, 0));
  const failures: Answer["failures"] = [];
  for (const [i, entry] of entries.entries()) {
    const file = files.read(entry); // throws for reasons that are not the image's
    let image: Image;
    try {
      image = await imageOf(entry, file, { height: sizes[2 * i], width: sizes[2 * i + 1] });
    } catch (error) {
      failures.push({ position: i, reason: reasonOf(error) });
      continue;
    }
    let first = 0;
    for (const [v, extents] of views.entries()) {
      const [top, left, height, width] = boxes[v].subarray(4 * i, 4 * i + 4);
      const pixels = values.subarray(first + i * bytes[v], first + (i + 1) * bytes[v]);
      resize(image, { top, left, height, width }, { ...extents, pixels });
      first += entries.length * bytes[v];
    }
  }
  return { values, failures };
}

const answerTo = (ask: Ask): Promise<Answer> =>
  ask.do === "sizes" ? sizes(ask) : ask.do === "decode" ? decodeAll(ask) : cut(ask);

let turn: Promise<void> = Promise.resolve(); // one question after the other, and so one image in memory
port.on("message", (ask: Ask) => {
  turn = turn
    .then(() => answerTo(ask))
    .then(
      (answer) => port.postMessage(answer, [answer.values.buffer]),
      (error) => port.postMessage({ error: reasonOf(error) } satisfies Failed),
    );
});
