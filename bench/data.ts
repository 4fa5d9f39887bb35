import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { decoder } from "../core/data/decode.ts";
import { type Box, resizer } from "../core/data/resize.ts";
import type { Cut, ImageStream } from "../core/data/source.ts";
import { loadCodecs } from "../core/data/sources/codecs.ts";
import { loadImages } from "../core/data/sources/load.ts";
import { drawViews, type ViewConfig } from "../core/data/views.ts";
import { BOX } from "../core/ops/crop.ts";
import { stream } from "../core/random.ts";
import { jpegOf } from "../test/core/data/images.ts";
import { type Contestant, interleave } from "./contestant.ts";
import type { Report } from "./index.ts";
import { openPython } from "./peers/python.ts";
import type { Row } from "./row.ts";
import { fixed, median, significant, table } from "./table.ts";

/** A small square only decoded; ImageNet's most frequent size, and a camera's at a web page's, to views. */
const CASES = [
  { name: "decode256", width: 256, height: 256, count: 64, views: 0 },
  { name: "views224", width: 500, height: 375, count: 48, views: 2 },
  { name: "views224-1600x1200", width: 1600, height: 1200, count: 6, views: 2 },
];
const VIEWS = 2;
const SIDE = 224;
/** Levels of noise: at quality 85 it brings 500 x 375 to about the 108 KB of ImageNet's mean (1,281,167 in 138 GB). */
const GRAIN = 110;

/**
 * From files to pixels, and to what a step of SimCLR is given of them: read, decode, two random resized crops at 224. Measured is time of all of
 * a process's threads on the CPU: images a second of one core, whoever else has work for it.
 */
export async function run(): Promise<Report> {
  const root = mkdtempSync(join(tmpdir(), "ssl-edge-bench-"));
  try {
    for (const each of CASES) await drawFiles(join(root, each.name), each);
    return await measure(root);
  } finally {
    rmSync(root, { recursive: true });
  }
}

async function measure(root: string): Promise<Report> {
  const script = fileURLToPath(new URL("peers/torchvision.py", import.meta.url));
  const theirs = await openPython("torchvision", {
    ...{ module: "torchvision", script, args: [root], threads: 1 },
  });
  if (typeof theirs === "string") console.error(`without ${theirs}`);
  const peer = typeof theirs === "string" ? undefined : theirs;
  const own = await ours(root);
  const contestants = peer ? [own, peer] : [own];
  const samples = await interleave(
    contestants,
    CASES.map(({ name }) => name),
    { rounds: 9 },
  );

  const rows: Row[] = [];
  const lines: string[][] = [];
  for (const { name, count, views, ...size } of CASES) {
    const rate = (by: Contestant) => (1000 * count) / median(samples(by, name));
    const [our, their] = [rate(own), peer && rate(peer)];
    const parts = await timeParts(join(root, name));
    lines.push([
      ...[name, fixed(parts.bytes / 1000, 0), fixed(our), their ? fixed(their) : "-"],
      ...[their ? significant(our / their) : "-", fixed(parts.decode, 2)],
      fixed(views ? parts.resize : Number.NaN, 2),
      fixed(views ? own.awake(name) / count : Number.NaN, 2),
    ]);
    rows.push({
      ...{ name, shape: `${size.height}x${size.width}x3` },
      ...{ backend: "as", ours: our, unit: "images/s", floor: null, threads: 1 },
      peers: their ? { torchvision: { value: their, ratio: our / their, threads: 1 } } : {},
    });
  }
  for (const each of contestants) await each.close();
  console.log(
    `JPEG files to pixels (decode256), to ${VIEWS} random resized crops of ${SIDE} x ${SIDE}: images a second of one core`,
  );
  const head = ["case", "KB", "ours", "torchvision", "ratio", "decode ms", "resize ms", "main thread ms"];
  console.log(table(head, lines));
  return { rows, holds: true };
}

/** One decode thread over all files of a case; `awake` is how many milliseconds of it the main thread had something to do. */
async function ours(root: string): Promise<Contestant & { awake(name: string): number }> {
  const cases = new Map<string, (repeats: number) => Promise<number>>();
  const streams: ImageStream[] = [];
  const awake = new Map<string, number>();
  const decode = await decoder(await loadCodecs());
  for (const { name, count, views, ...size } of CASES) {
    if (!views) {
      const files = readdirSync(join(root, name)).map((file) => join(root, name, file));
      cases.set(name, (repeats) =>
        processorTime(async () => {
          for (let i = 0; i < repeats; i++) for (const file of files) await decode(readFileSync(file));
        }),
      );
      continue;
    }
    const images = await loadImages([join(root, name)], { threads: 1, resident: 0 });
    if ("pixels" in images) throw new Error("bench: images in memory");
    streams.push(images);
    const index = Uint32Array.from({ length: count }, (_, i) => i);
    let epoch = 0;
    const next = () => {
      epoch++;
      const cuts = Array.from({ length: views }, (_, view) => drawn({ ...size, count, view, epoch }));
      return images.cut(index, cuts);
    };
    cases.set(name, async (repeats) => {
      const loop = performance.eventLoopUtilization();
      const ms = await processorTime(async () => {
        for (let i = 0; i < repeats; i++) await next();
      });
      awake.set(name, performance.eventLoopUtilization(loop).active / repeats);
      return ms;
    });
  }
  return {
    ...{ name: "ours", threads: 1, cases },
    awake: (name) => awake.get(name) ?? 0,
    async close() {
      for (const each of streams) await each.close();
    },
  };
}

/** Milliseconds that all threads of the process have spent on the processor meanwhile. */
async function processorTime(work: () => Promise<void>): Promise<number> {
  const start = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

/** One view of all images of a case, as recipes draw it. */
function drawn(at: { width: number; height: number; count: number; view: number; epoch: number }): Cut {
  const rows = new Float32Array(at.count * BOX);
  const view: ViewConfig = { crop: { scale: [0.08, 1], ratio: [3 / 4, 4 / 3] }, flip: 0, steps: [] };
  drawViews([rows], view, { ...at, seed: 1, first: 0 }, () => at);
  const boxes = Float32Array.from(
    { length: 4 * at.count },
    (_, i) => rows[Math.floor(i / 4) * BOX + (i % 4)],
  );
  return { boxes, height: SIDE, width: SIDE, pixels: new Uint8Array(at.count * SIDE * SIDE * 3) };
}

/** Milliseconds an image that decoding and resizing take by themselves, and its bytes. */
async function timeParts(folder: string): Promise<{ decode: number; resize: number; bytes: number }> {
  const codecs = await loadCodecs();
  const [decode, resize] = [await decoder(codecs), resizer(codecs.resize)];
  const pixels = new Uint8Array(SIDE * SIDE * 3);
  const files = readdirSync(folder).map((file) => join(folder, file));
  const decoding: number[] = [];
  const resizing: number[] = [];
  for (let round = 0; round < 3; round++)
    for (const file of files) {
      const bytes = readFileSync(file);
      const start = performance.now();
      const image = await decode(bytes);
      const middle = performance.now();
      for (let view = 0; view < VIEWS; view++) {
        const { boxes } = drawn({ ...image, count: 1, view, epoch: round });
        const [top, left, height, width] = boxes;
        const box: Box = { top, left, height, width };
        resize(image, box, { height: SIDE, width: SIDE, pixels });
      }
      decoding.push(middle - start);
      resizing.push(performance.now() - middle);
    }
  const bytes = files.reduce((sum, file) => sum + statSync(file).size, 0) / files.length;
  return { decode: median(decoding), resize: median(resizing), bytes };
}

/** Clouds of colour at many scales, and grain: as much for a JPEG to keep as a photograph has. */
async function drawFiles(
  folder: string,
  size: { width: number; height: number; count: number },
): Promise<void> {
  const { width, height, count } = size;
  mkdirSync(folder);
  for (let i = 0; i < count; i++) {
    const random = stream(i, "bench", "clouds");
    const data = new Uint8ClampedArray(4 * width * height);
    const sum = new Float32Array(width * height);
    for (let c = 0; c < 3; c++) {
      sum.fill(128);
      for (let cell = 256; cell >= 4; cell /= 2)
        addCloud(sum, width, height, cell, 0.35 * cell ** 0.9 + 6, random);
      for (let p = 0; p < sum.length; p++) data[4 * p + c] = sum[p] + GRAIN * (random.uniform() - 0.5);
    }
    for (let p = 0; p < sum.length; p++) data[4 * p + 3] = 255;
    const file = await jpegOf({ width, height, data }, { quality: 85 });
    writeFileSync(join(folder, `${String(i).padStart(3, "0")}.jpg`), file);
  }
}

/** Adds values at the corners of square cells, interpolated between them. */
function addCloud(
  sum: Float32Array,
  width: number,
  height: number,
  cell: number,
  strength: number,
  random: { uniform(): number },
): void {
  const columns = Math.ceil(width / cell) + 1;
  const corners = Float32Array.from(
    { length: columns * (Math.ceil(height / cell) + 1) },
    () => strength * (random.uniform() - 0.5),
  );
  for (let y = 0, p = 0; y < height; y++)
    for (let x = 0; x < width; x++, p++) {
      const [column, row] = [Math.floor(x / cell), Math.floor(y / cell)];
      const [u, v] = [x / cell - column, y / cell - row];
      const at = row * columns + column;
      const upper = corners[at] * (1 - u) + corners[at + 1] * u;
      sum[p] += upper * (1 - v) + (corners[at + columns] * (1 - u) + corners[at + columns + 1] * u) * v;
    }
}
