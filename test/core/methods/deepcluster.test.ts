/** What DeepCluster does between steps, on data that are easy and on data that are not. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Backend } from "../../../core/backend.ts";
import { kmeans, pca, project } from "../../../core/cluster/index.ts";
import { deepcluster } from "../../../core/methods/index.ts";
import { stream } from "../../../core/random.ts";
import { extractFeatures } from "../../../core/train/extractFeatures.ts";
import { backends } from "../../backends.ts";
import { noise } from "../train/runs.ts";
import { lit, runTo, tinyOf } from "./runs.ts";

let backend: Backend;
beforeAll(async () => {
  backend = await backends["as, no threads"]();
});
afterAll(() => backend.close());

test("labels are the clusters of whitened features of unit length; the classifier begins anew each epoch", async () => {
  const config = await tinyOf("deepcluster", { "optimizer.rate": 0 }); // 2 steps an epoch
  const images = lit(80);
  const { state: first } = await runTo(backend, config, 1, { images });
  const { values, dimension } = await extractFeatures(backend, config, images);
  const rows = { values, count: 80, dimension };
  const components = await pca(backend, rows, { dimensions: 8 });
  const unit = await project(backend, rows, components, { whiten: true, unit: true });
  const seed = stream(config.seed, "deepcluster", 0, "k-means").u32();
  const { labels } = await kmeans(backend, unit, { k: 4, seed });
  expect(first.get("labels")!.data).toEqual(labels);

  const { state: second } = await runTo(backend, config, 3, { images });
  expect(second.get("labels")!.data).not.toEqual(labels); // numbered otherwise
  const weights = [first, second].map((state) => [...state.get("head.weight")!.data]);
  expect(weights[0]).not.toEqual(weights[1]);
  for (const each of weights) {
    const deviation = Math.sqrt(each.reduce((sum, w) => sum + w * w, 0) / each.length);
    expect(Math.abs(deviation - 0.01)).toBeLessThan(0.003); // four deviations of 128 draws
  }
  expect([...second.get("head.bias")!.data]).toEqual([0, 0, 0, 0]);
});

test("an epoch shows all clusters equally often, and all images of a large one before any again", async () => {
  const labels = Uint32Array.from({ length: 90 }, (_, n) => (n < 60 ? 0 : n < 84 ? 1 : 2)); // 60, 24 and 6
  const sample = await deepcluster.sampler!({
    ...{ nets: { labels: {} }, config: { clusters: 3 }, samples: 90, seed: 1, step: 10, perEpoch: 5 },
    read: async () => labels,
  } as unknown as Parameters<NonNullable<typeof deepcluster.sampler>>[0]); // all that it asks
  const shown = new Uint32Array(90);
  for (let position = 0; position < 90; position++) shown[sample(position)]++;
  const totals = [0, 1, 2].map((c) =>
    shown.reduce((sum, times, n) => sum + (labels[n] === c ? times : 0), 0),
  );
  expect(totals).toEqual([30, 30, 30]);
  expect(Math.max(...shown.subarray(0, 60))).toBe(1);
  expect([...new Set(shown.subarray(60, 84))].sort()).toEqual([1, 2]);
  expect([...shown.subarray(84)]).toEqual(Array(6).fill(5));
});

test.each([
  ["all images are equal", { "method.clusters": 4 }],
  ["there are nearly as many clusters as images", { "method.clusters": 63 }],
  ["there is one cluster", { "method.clusters": 1 }],
])("where %s, a run goes on and every number is finite", async (what, settings) => {
  const equal = { ...noise(64), pixels: new Uint8Array(noise(64).pixels.length).fill(90) };
  const images = what.startsWith("all") ? equal : lit(64);
  const { state, metrics } = await runTo(backend, await tinyOf("deepcluster", settings), 5, { images });
  for (const { loss } of metrics) expect(loss).toBeGreaterThanOrEqual(0); // and so is a number
  for (const [name, { data }] of state) expect(data.every(Number.isFinite), name).toBe(true);
  expect(new Set(state.get("labels")!.data).size).toBe(settings["method.clusters"]);
});

test.each([
  [
    { "method.clusters": 3, "method.perCluster": 39 },
    "deepcluster: method.clusters: 3 clusters of 80 images have 26.7 each; at 39 (method.perCluster) there are at most 2: --set method.clusters=2",
  ],
  [
    { "method.pca": 64 },
    "deepcluster: method.pca: 64 components of features that have 32; there are at most 32: --set method.pca=32",
  ],
])("%o is refused before anything is computed", async (settings, message) => {
  await expect(runTo(backend, await tinyOf("deepcluster", settings), 1)).rejects.toThrow(message);
});
