import fc from "fast-check";
import { expect, test } from "vitest";
import { permutation } from "../../../core/data/sampler.ts";
import { stream } from "../../../core/random.ts";

const order = (n: number, epoch: number) => permutation(n, stream(1, "order", epoch));
const positions = (n: number) => Array.from({ length: n }, (_, i) => i);

test("a permutation hits every sample once, for any n", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3000 }), fc.nat(), (n, epoch) => {
      const hit = new Uint8Array(n);
      for (const position of positions(n)) hit[order(n, epoch)(position)]++;
      return hit.every((times) => times === 1);
    }),
    { numRuns: 30 },
  );
  for (const n of [1, 2, 3, 4, 5, 6, 7, 8, 9, 10_000])
    expect(new Set(positions(n).map(order(n, 0))).size).toBe(n);
});

test("samples of the largest n stay in range and differ", () => {
  const samples = positions(1000).map(order(2 ** 32, 0));
  expect(samples.every((s) => Number.isInteger(s) && s >= 0 && s < 2 ** 32)).toBe(true);
  expect(new Set(samples).size).toBe(1000);
});

test("each epoch has its own order, the same each time", () => {
  const [a, again, b] = [order(1000, 1), order(1000, 1), order(1000, 2)].map((f) => positions(1000).map(f));
  expect(a).toEqual(again);
  expect(a.filter((sample, i) => sample === b[i]).length).toBeLessThan(10); // one by chance
});

test("the order of 10,000 is this one on every machine", () => {
  expect(positions(6).map(order(10_000, 3))).toEqual([5560, 5065, 8982, 920, 9226, 2596]);
});

test("over the epochs every ordered pair of samples follows one another equally often", () => {
  const n = 7;
  const epochs = 4200;
  const counts = new Array(n * n).fill(0);
  for (let epoch = 0; epoch < epochs; epoch++) {
    const sampleAt = order(n, epoch);
    for (let i = 1; i < n; i++) counts[sampleAt(i - 1) * n + sampleAt(i)]++;
  }
  const mean = (epochs * (n - 1)) / (n * (n - 1));
  const pairs = counts.filter((_, i) => i % (n + 1) !== 0); // the diagonal is empty
  const chi = pairs.reduce((sum, count) => sum + (count - mean) ** 2 / mean, 0);
  expect(chi).toBeLessThan(41 + 5 * Math.sqrt(2 * 41));
});

test("all orders of three samples are equally likely", () => {
  const counts = new Map<string, number>();
  for (let epoch = 0; epoch < 6000; epoch++) {
    const key = positions(3).map(order(3, epoch)).join("");
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const chi = [...counts.values()].reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
  expect(counts.size).toBe(6);
  expect(chi).toBeLessThan(5 + 5 * Math.sqrt(12));
});

test("a displacement of a shuffle averages a third of its length", () => {
  const n = 4096;
  const sampleAt = order(n, 5);
  const mean = positions(n).reduce((sum, i) => sum + Math.abs(sampleAt(i) - i), 0) / n;
  expect(Math.abs(mean / n - 1 / 3)).toBeLessThan(0.02);
});

test("a size or a position out of range is refused", () => {
  expect(() => order(0, 1)).toThrow("permutation: n must be an integer from 1 to 2^32; got 0");
  expect(() => order(10, 1)(10)).toThrow("permutation: positions run from 0 to 9; got 10");
});
