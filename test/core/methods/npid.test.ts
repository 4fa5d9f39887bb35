/** NPID's own: what the bank remembers, how negatives are drawn, the paper's constant, images that are all one. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Backend } from "../../../core/backend.ts";
import { randomIndices } from "../../../core/ops/index.ts";
import { stream } from "../../../core/random.ts";
import { backends } from "../../backends.ts";
import { distance } from "../../numbers.ts";
import { bitsOf, noise, type State } from "../train/runs.ts";
import { lit, runTo, tinyOf } from "./runs.ts";

let backend: Backend;
beforeAll(async () => {
  backend = await backends["as, no threads"]();
});
afterAll(() => backend.close());

const D = 128;
const SAMPLES = 80;
const rowOf = (state: State, n: number) =>
  Float64Array.from(state.get("bank")!.data.slice(n * D, (n + 1) * D));

describe("the bank", () => {
  test("takes in each image that was seen, once, all rows of unit length", async () => {
    const config = await tinyOf("npid"); // 2 steps of 32 images an epoch
    const states = [0, 1, 2].map(async (step) => (await runTo(backend, config, step)).state);
    const [start, one, two] = await Promise.all(states);
    const moved = (before: State, after: State) =>
      Array.from({ length: SAMPLES }, (_, n) => n).filter(
        (n) => distance(rowOf(after, n), rowOf(before, n)) > 0,
      );
    const [first, second] = [moved(start, one), moved(one, two)];
    expect([first.length, second.length]).toEqual([32, 32]);
    expect(new Set([...first, ...second]).size).toBe(64);
    for (let n = 0; n < SAMPLES; n++) expect(Math.hypot(...rowOf(two, n))).toBeCloseTo(1, 5);
  });

  test("stays as it began at momentum 1", async () => {
    const config = await tinyOf("npid", { "method.momentum": 1 });
    const [start, three] = [(await runTo(backend, config, 0)).state, (await runTo(backend, config, 3)).state];
    for (let n = 0; n < SAMPLES; n++) expect(distance(rowOf(three, n), rowOf(start, n))).toBeLessThan(1e-6); // scaled anew
  });
});

describe("negatives", () => {
  const { reference } = randomIndices.definition;
  function drawn(rows: number, { count: K, below, own }: { count: number; below: number; own?: number }) {
    const random = stream(1, "negatives");
    const keys = Float64Array.from({ length: 2 * rows }, () => random.u32());
    const y = new Float64Array(rows * K);
    const bar = Number(own !== undefined);
    const params = { N: rows, K, purpose: 0, bar, allowed: below - bar };
    reference([keys, new Float64Array(rows).fill(own ?? 0)], y, params);
    const counts = new Float64Array(below);
    for (const index of y) counts[index]++;
    return counts;
  }
  const chi2 = (counts: Float64Array, expected: number) =>
    counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);

  test("are uniform over all images", () => {
    const counts = drawn(100, { count: 1000, below: 101 });
    expect(chi2(counts, 1e5 / 101)).toBeLessThan(160); // 100 degrees of freedom: four deviations and a bit
  });

  test("are uniform over all others where the image itself is barred", () => {
    const counts = drawn(100, { count: 1000, below: 101, own: 40 });
    expect(counts[40]).toBe(0);
    expect(
      chi2(
        counts.filter((_, i) => i !== 40),
        1e5 / 100,
      ),
    ).toBeLessThan(160);
  });

  test("that there are none of are refused in one line", async () => {
    const config = await tinyOf("npid", { batchSize: 1, "method.ensureNeg": true });
    await expect(runTo(backend, config, 1, { images: noise(1) })).rejects.toThrow(
      "npid: method.ensureNeg: of 1 image there are no others",
    );
  });
});

describe("with the paper's loss", () => {
  const nce = { "method.loss": "nce" };

  test("Z is estimated by the first batch, kept, and never learned", async () => {
    const config = await tinyOf("npid", nce);
    const at = async (step: number) => (await runTo(backend, config, step)).state;
    const [zero, one, three] = [await at(0), await at(1), await at(3)];
    const logZ = (state: State) => state.get("logZ")!.data[0];
    expect(logZ(zero)).toBe(0);
    expect(logZ(one)).toBeGreaterThan(Math.log(SAMPLES));
    expect(logZ(three)).toBe(logZ(one));
    expect(three.has("optimizer.momentum.logZ")).toBe(false);
  });

  test("a run goes on where it was stopped, to the bit", async () => {
    const config = await tinyOf("npid", nce);
    const { state: stopped } = await runTo(backend, config, 1);
    const { state: whole, metrics } = await runTo(backend, config, 4);
    const resumed = await runTo(backend, config, 4, { from: [1, stopped] });
    expect(bitsOf(resumed.state)).toEqual(bitsOf(whole));
    expect(resumed.metrics).toEqual(metrics.slice(1));
  });

  test("learns images that are easy to tell apart", async () => {
    const easy = {
      ...{ "encoder.width": 8, epochs: 30, "views.0.steps": [], "views.0.crop.scale": [0.5, 1] },
      ...{ "method.temperature": 0.5, "optimizer.rate": 0.1 }, // Z is of a bank at random: alike at first, images exceed it
    };
    const { metrics } = await runTo(backend, await tinyOf("npid", { ...easy, ...nce }), 60, {
      images: lit(64),
    });
    const mean = (from: number, to: number) =>
      metrics.slice(from, to).reduce((sum, { loss }) => sum + loss, 0) / (to - from);
    expect(mean(55, 60), `at first ${mean(1, 6)}`).toBeLessThan(0.8 * mean(1, 6));
  });
});

test.each(["softmax", "nce"])("images that are all one leave every number finite: %s", async (loss) => {
  const grey = { ...noise(64), pixels: new Uint8Array(noise(64).pixels.length).fill(100) };
  const config = await tinyOf("npid", { "method.loss": loss });
  const { state, metrics } = await runTo(backend, config, 8, { images: grey });
  for (const { loss } of metrics) expect(loss).toSatisfy(Number.isFinite);
  for (const [name, { data }] of state) expect(data.every(Number.isFinite), name).toBe(true);
});
