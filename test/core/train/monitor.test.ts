/** The kNN accuracy that a run tells of itself. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Backend } from "../../../core/backend.ts";
import type { ImageSet } from "../../../core/data/source.ts";
import { knn } from "../../../core/eval/knn.ts";
import { readCheckpoint } from "../../../core/train/checkpoint.ts";
import { extractFeatures } from "../../../core/train/extractFeatures.ts";
import type { MonitorOptions } from "../../../core/train/monitor.ts";
import { pretrain } from "../../../core/train/pretrain.ts";
import type { Metrics, Training } from "../../../core/train/training.ts";
import { openBackend } from "../../../core-as/node.ts";
import { bitsOf, noise, stripes, tiny } from "./runs.ts";

const folder = mkdtempSync(join(tmpdir(), "monitor-"));
let backend: Backend;
beforeAll(async () => {
  backend = await openBackend({ threads: 1 });
});
afterAll(async () => {
  await backend.close();
  rmSync(folder, { recursive: true });
});

const config = tiny({ epochs: 3 });

async function run(name: string, monitor?: MonitorOptions) {
  const out = join(folder, name);
  let warnings: string[] = [];
  const onStart = (training: Training) => {
    warnings = training.warnings;
  };
  const training = await pretrain({ config, images: noise(64), backend, out, monitor, onStart });
  training.free();
  const lines = readFileSync(join(out, "metrics.jsonl"), "utf8").trimEnd().split("\n");
  const { tensors, step } = await readCheckpoint(out);
  return {
    warnings,
    metrics: lines.map((line): Metrics => JSON.parse(line)),
    bits: bitsOf(tensors),
    checkpoint: { step, tensors, metadata: {} },
  };
}

/** Stripes and noise by turns of two, so that both labels are among queries and bank. */
function labelled(count: number): ImageSet {
  const [striped, noisy] = [stripes(count, 8), noise(count)];
  const labels = Uint32Array.from({ length: count }, (_, n) => (n >> 1) % 2);
  const pixels = striped.pixels.map((value, at) => (labels[Math.floor(at / 192)] ? value : noisy.pixels[at]));
  return { ...striped, pixels, labels, classes: ["noise", "stripes"] };
}

const rowsOf = (set: ImageSet, rows: number[]): ImageSet => ({
  ...{ ...set, count: rows.length, labels: Uint32Array.from(rows, (row) => set.labels![row]) },
  pixels: Uint8Array.from(rows.flatMap((row) => [...set.pixels.subarray(row * 192, (row + 1) * 192)])),
});

test("is what eval knn finds in the checkpoint, every second image by the others; and changes no bit of the run", async () => {
  const images = labelled(61);
  const { metrics, bits, checkpoint, warnings } = await run("monitored", { images });
  expect(warnings).toEqual([]);
  expect(metrics.map(({ knn }) => knn !== undefined)).toEqual([false, true, false, true, false, true]);
  const [bank, queries] = [0, 1].map((odd) =>
    rowsOf(
      images,
      Array.from({ length: odd ? 30 : 31 }, (_, i) => 2 * i + odd),
    ),
  );
  const features = async (set: ImageSet) => ({
    ...(await extractFeatures(backend, config, set, checkpoint)),
    ...{ labels: set.labels!, classes: set.classes },
  });
  const options = { k: 20, temperature: 0.07 };
  expect(metrics.at(-1)!.knn).toBe(
    await knn(backend, await features(bank), await features(queries), options),
  );
  expect(metrics.at(-1)!.knn).toBeGreaterThan(0.6); // of two classes that any encoder tells apart

  const plain = await run("plain");
  expect(bits).toEqual(plain.bits);
  expect(metrics.map(({ knn: _, ...rest }) => rest)).toEqual(plain.metrics);
});

test("is told every so many epochs, and after the last; a bank of fewer than 20 caps the neighbours, with a warning", async () => {
  const { metrics, warnings } = await run("seldom", { images: labelled(9), every: 2 });
  expect(warnings).toEqual([
    "monitor: kNN asks 20 neighbours; of 9 images there are 5, and all vote; give 40 or more",
  ]);
  expect(metrics.flatMap(({ knn, step }) => (knn === undefined ? [] : [step]))).toEqual([3, 5]);
});

test("takes images of another size than those that are learned from", async () => {
  const wide = { ...labelled(16), ...{ width: 16, height: 4 } };
  const { metrics } = await run("wide", { images: wide });
  expect(metrics.at(-1)!.knn).toBeGreaterThanOrEqual(0);
});

test("needs labels, and says so before anything is written", async () => {
  const before = backend.usage();
  await expect(run("unlabelled", { images: noise(8) })).rejects.toThrow(
    "monitor: kNN takes two or more images with labels; a label is an image's folder",
  );
  expect(() => readFileSync(join(folder, "unlabelled", "config.json"))).toThrow("ENOENT");
  expect(backend.usage()).toEqual(before);
});
