/** Runs on images that stay in their files. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Backend } from "../../../core/backend.ts";
import type { DataSet } from "../../../core/data/source.ts";
import { type LoadOptions, loadImages } from "../../../core/data/sources/load.ts";
import { createBatches } from "../../../core/train/batches.ts";
import type { RunConfig } from "../../../core/train/config.ts";
import { extractFeatures, labelledFeatures } from "../../../core/train/extractFeatures.ts";
import { openTraining } from "../../../core/train/training.ts";
import { backends } from "../../backends.ts";
import { distance } from "../../numbers.ts";
import { pngOf, slopes } from "../data/images.ts";
import { tinyOf } from "../methods/runs.ts";
import { bitsOf, type State, stateAt, tiny } from "./runs.ts";

const root = mkdtempSync(join(tmpdir(), "ssl-edge-train-"));
const open: DataSet[] = [];
let backend: Backend;
beforeAll(async () => {
  backend = await backends["as, 2 threads"]();
});
afterAll(async () => {
  for (const images of open) if ("cut" in images) await images.close();
  await backend.close();
  rmSync(root, { recursive: true });
});

/** A folder of `count` drawings in two classes, of the given sizes in turn. */
async function folderOf(name: string, count: number, sizes: [width: number, height: number][]) {
  const folder = join(root, name);
  for (let i = 0; i < count; i++) {
    const [width, height] = sizes[i % sizes.length];
    const label = join(folder, i % 2 ? "odd" : "even");
    mkdirSync(label, { recursive: true });
    writeFileSync(
      join(label, `${String(i).padStart(3, "0")}.png`),
      await pngOf(slopes(width, height, 3 * i)),
    );
  }
  return folder;
}

async function load(folder: string, options: LoadOptions = {}): Promise<DataSet> {
  const images = await loadImages([folder], options);
  open.push(images);
  return images;
}

async function stateOf(
  config: RunConfig,
  images: DataSet,
  step: number,
  from?: [step: number, tensors: State],
): Promise<State> {
  const checkpoint = from && { step: from[0], tensors: from[1], metadata: {} };
  const training = await openTraining(config, images, backend, { from: checkpoint });
  const state = await stateAt(training, step);
  training.free();
  return state;
}

const MIXED: [number, number][] = [
  [20, 14],
  [9, 31],
  [16, 16],
];

describe("images of varying size", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await folderOf("mixed", 40, MIXED);
  });
  const config = tiny({ batchSize: 8, epochs: 2, "views.0.size": 8 });

  test("give the same bits whatever the number of threads that decode them, and when a run is resumed", async () => {
    const images = await load(folder, { threads: 1 });
    const whole = await stateOf(config, images, 10);
    expect(bitsOf(await stateOf(config, await load(folder, { threads: 3 }), 10))).toEqual(bitsOf(whole));
    const half = await stateOf(config, images, 5);
    expect(bitsOf(half)).not.toEqual(bitsOf(whole));
    expect(bitsOf(await stateOf(config, images, 10, [5, half]))).toEqual(bitsOf(whole));
  });

  test("may be computed in shards of a batch", async () => {
    const images = await load(folder);
    const settings = { "norm.group": 8, "optimizer.decay": 0, views: [{ size: 8 }] };
    const one = await stateOf(await tinyOf("rotation", settings), images, 1);
    const four = await stateOf(await tinyOf("rotation", { ...settings, shards: 4 }), images, 1);
    expect([...four.keys()]).toEqual([...one.keys()]);
    for (const [tensor, { data }] of one)
      expect(distance(four.get(tensor)!.data, data), tensor).toBeLessThan(1e-6);
  });

  test("need a size to be shown at", async () => {
    await expect(openTraining(tiny({ batchSize: 8 }), await load(folder), backend)).rejects.toThrow(
      "views: images of varying size are shown at a size that the recipe says; add --set views.0.size=96, for example, or take simclr-photos",
    );
    await expect(extractFeatures(backend, tiny(), await load(folder))).rejects.toThrow(
      "views: this encoder was trained at its images' own size, and takes images of one size; give such, or train with --set views.0.size=96",
    );
  });

  test("lose the row of an image that proves damaged, and keep their labels", async () => {
    const damaged = await folderOf("damaged", 120, MIXED);
    const file = join(damaged, "even", "010.png"); // the sixth by name
    const bytes = Buffer.from(await pngOf(slopes(20, 14)));
    bytes[bytes.length - 20] ^= 1; // within the image data
    writeFileSync(file, bytes);
    const images = await load(damaged);
    expect(images.count).toBe(120); // its header is good
    const rows = await labelledFeatures(backend, config, images);
    expect(rows.count).toBe(119);
    expect([...rows.labels]).toEqual([...Array(59).fill(0), ...Array(60).fill(1)]);
    expect(images.skipped.map(({ name }) => name)).toEqual([expect.stringContaining("even/010.png")]);
    const own = await extractFeatures(backend, config, images);
    expect([...own.index]).not.toContain(5);

    const batches = createBatches({ ...config, batchSize: 60 }, images, 2); // two of them are all images
    const shown = [...(await batches.at(0)).index, ...(await batches.at(1)).index].sort((a, b) => a - b);
    const replaced = Array.from({ length: 120 }, (_, i) => (i === 5 ? 6 : i)); // by the next in order of names
    expect(shown).toEqual(replaced);
  });
});

describe("images of one size", () => {
  test("that are shown whole train to the same bits in memory and in their files", async () => {
    const folder = await folderOf("same", 24, [[8, 8]]);
    const config = tiny({ batchSize: 8, epochs: 1, views: [{ size: 8, flip: 0.5 }] });
    const [set, files] = [await load(folder), await load(folder, { resident: 0 })];
    expect(["pixels" in set, "pixels" in files]).toEqual([true, false]);
    expect(bitsOf(await stateOf(config, files, 3))).toEqual(bitsOf(await stateOf(config, set, 3)));
  });

  test("are looked at alike in both, at their centre where views have a size", async () => {
    const folder = await folderOf("large", 10, [[32, 24]]);
    const config = tiny({ views: [{ size: 16 }] });
    const set = await extractFeatures(backend, config, await load(folder));
    const files = await extractFeatures(backend, config, await load(folder, { resident: 0 }));
    expect(distance(files.values, set.values)).toBeLessThan(0.01); // files' views are rounded to bytes
  });
});
