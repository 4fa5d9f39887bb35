/** ODC's own: what its memories hold, how clusters stay large enough, and images of which nothing can be learned. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Backend } from "../../../core/backend.ts";
import { bisect } from "../../../core/cluster/bisect.ts";
import { countsOf, rebalance } from "../../../core/cluster/index.ts";
import { stream } from "../../../core/random.ts";
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

  const random = stream(1, "rebalance");
  const rowsOf = (values: Float32Array) => async (members: readonly number[]) => ({
    values: Float32Array.from(members.flatMap((n) => [...values.subarray(2 * n, 2 * n + 2)])),
    ...{ count: members.length, dimension: 2 },
  });

  test("dissolve, each row into the nearest of the others, and the largest is split for them", async () => {
    const all = rows(30);
    all.values.set([-1, 0.9, 0.9, -1]); // rows 0 and 1, near centroids 1 and 0
    const labels = Uint32Array.from({ length: 30 }, (_, n) => (n < 2 ? 2 : n < 10 ? 1 : 0));
    const centroids = Float32Array.of(1, 0, 0, 1, 0.1, 0.9);
    const options = { k: 3, least: 3, random, rowsOf: rowsOf(all.values) };
    expect(await rebalance({ labels, centroids }, options)).toBe(true);
    expect([...labels.subarray(0, 10)]).toEqual([1, labels[1], ...Array(8).fill(1)]);
    expect([0, 2]).toContain(labels[1]);
    const counts = countsOf(labels, 3);
    expect(counts[0] + counts[2]).toBe(21);
    expect(Math.min(counts[0], counts[2])).toBeGreaterThanOrEqual(3);
    expect([...centroids.subarray(2, 4)]).toEqual([0, 1]);
  });

  test("leave halves where all rows are one", async () => {
    const labels = new Uint32Array(16);
    const centroids = new Float32Array(4);
    const options = { k: 2, least: 3, random, rowsOf: rowsOf(new Float32Array(32).fill(1)) };
    await rebalance({ labels, centroids }, options);
    expect([...countsOf(labels, 2)]).toEqual([8, 8]);
    expect([...centroids]).toEqual([1, 1, 1, 1]);
  });

  test("are split where groups part, whatever one misfit does, and never so that a half would dissolve", () => {
    const groups = rows(100);
    for (let n = 0; n < 100; n++) groups.values[2 * n] += n < 40 ? 0 : 5;
    groups.values.set([40, 40], 2 * 70);
    const parted = bisect(groups, { random, least: 3 });
    expect(parted.filter((side) => side === 0).length).toBe(50);
    const without = { values: groups.values.slice(0, 140), count: 70, dimension: 2 };
    expect([...bisect(without, { random })]).toEqual(Array.from({ length: 70 }, (_, n) => Number(n >= 40)));
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
    "odc: method.clusters: 11 clusters of 80 images have 7.3 each; at 8 (method.minCluster) there are at most 10: --set method.clusters=10",
  );
});
