/** ODC's own: what its memories hold, how clusters stay large enough, and images of which nothing can be learned. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Backend } from "../../../core/backend.ts";
import { countsOf, rebalance } from "../../../core/cluster/index.ts";
import { backends } from "../../backends.ts";
import { distance, uniform } from "../../numbers.ts";
import { noise, type State } from "../train/runs.ts";
import { lit, runTo, tinyOf } from "./runs.ts";

let backend: Backend;
beforeAll(async () => {
  backend = await backends["as, no threads"]();
});
afterAll(() => backend.close());

const [K, LEAST, D] = [4, 8, 256];
const labelsOf = (state: State) => state.get("labels")!.data as Uint32Array;
const finite = (state: State) => [...state.values()].every(({ data }) => data.every(Number.isFinite));

test("memories begin with clusters of the projected features, and take in what steps show", async () => {
  const config = await tinyOf("odc");
  const { state, metrics } = await runTo(backend, config, 6);
  const features = state.get("features")!.data;
  for (let n = 0; n < 80; n++)
    expect(Math.hypot(...Float64Array.from(features.subarray(n * D, (n + 1) * D)))).toBeCloseTo(1, 5);
  expect(Math.max(...labelsOf(state))).toBeLessThan(K);
  const weights = [...state.get("weights")!.data];
  expect(weights.reduce((sum, w) => sum + w, 0)).toBeCloseTo(1, 6);
  const counts = countsOf(labelsOf(state), K);
  for (let c = 0; c < K; c++)
    expect(weights[c] / weights[0]).toBeCloseTo(Math.sqrt((counts[0] + 1e-5) / (counts[c] + 1e-5)), 4);
  for (const { changed } of metrics) {
    expect(changed).toBeGreaterThanOrEqual(0);
    expect(changed).toBeLessThanOrEqual(1);
  }
});

test("four shards leave the memories that one leaves, whose losses only are weighted otherwise", async () => {
  const settings = { "norm.group": 8, "method.projector.dropout": 0 };
  const at = async (shards: number) =>
    (await runTo(backend, await tinyOf("odc", { ...settings, shards }), 1)).state;
  const [one, four] = [await at(1), await at(4)];
  expect([...labelsOf(four)]).toEqual([...labelsOf(one)]);
  for (const name of ["features", "centroids", "weights"])
    expect(distance(four.get(name)!.data, one.get(name)!.data), name).toBeLessThan(2e-6); // f32
});

describe("clusters that are too small", () => {
  const next = uniform("rebalance");
  const rows = (count: number) => ({
    values: Float32Array.from({ length: 2 * count }, next),
    count,
    dimension: 2,
  });

  test("dissolve into the nearest, and the largest is split for them", async () => {
    const all = rows(30);
    const labels = Uint32Array.from({ length: 30 }, (_, n) => (n < 2 ? 2 : n < 10 ? 1 : 0));
    const centroids = Float32Array.of(1, 0, 0, 1, 0.1, 0.9);
    const rowsOf = async (members: Uint32Array) => ({
      values: Float32Array.from([...members].flatMap((n) => [...all.values.subarray(2 * n, 2 * n + 2)])),
      ...{ count: members.length, dimension: 2 },
    });
    expect(await rebalance({ labels, centroids }, { k: 3, least: 3, rowsOf })).toBe(true);
    expect([...labels.subarray(0, 10)]).toEqual(Array(10).fill(1));
    const counts = countsOf(labels, 3);
    expect(counts[0] + counts[2]).toBe(20);
    expect(Math.min(counts[0], counts[2])).toBeGreaterThan(0);
    expect([...centroids.subarray(2, 4)]).toEqual([0, 1]);
  });

  test("leave halves where all rows are one", async () => {
    const labels = new Uint32Array(16);
    const centroids = new Float32Array(4);
    const rowsOf = async (members: Uint32Array) => ({
      ...{ values: new Float32Array(2 * members.length).fill(1), count: members.length, dimension: 2 },
    });
    await rebalance({ labels, centroids }, { k: 2, least: 3, rowsOf });
    expect([...countsOf(labels, 2)]).toEqual([8, 8]);
    expect([...centroids]).toEqual([1, 1, 1, 1]);
  });
});

test("images that are all one leave every number finite and every cluster large enough", async () => {
  const grey = { ...noise(64), pixels: new Uint8Array(noise(64).pixels.length).fill(100) };
  const { state, metrics } = await runTo(backend, await tinyOf("odc"), 8, { images: grey });
  for (const { loss } of metrics) expect(loss).toSatisfy(Number.isFinite);
  expect(finite(state)).toBe(true);
});

test("as many clusters as images run where a cluster of one may stand", async () => {
  const settings = { "method.clusters": 80, "method.minCluster": 1 };
  const { state, metrics } = await runTo(backend, await tinyOf("odc", settings), 4, { images: lit(80) });
  for (const { loss } of metrics) expect(loss).toSatisfy(Number.isFinite);
  expect(finite(state)).toBe(true);
});

test("more clusters than images can fill are refused in one line", async () => {
  const config = await tinyOf("odc", { "method.clusters": 11, "method.minCluster": LEAST });
  await expect(runTo(backend, config, 1)).rejects.toThrow(
    "odc: method.clusters: 11 clusters of 80 images have 7.3 each; at 8 (method.minCluster) there are at most 10",
  );
});
