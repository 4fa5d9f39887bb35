import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Backend } from "../../../core/backend.ts";
import { assign, kmeans, type Rows } from "../../../core/cluster/index.ts";
import { backends } from "../../backends.ts";
import { uniform } from "../../numbers.ts";

/** Rows about so many centres, one after another. */
function draw(name: string, count: number, dimension: number, centres: number, noise = 0.3): Rows {
  const next = uniform(name);
  const middle = Array.from({ length: centres * dimension }, next);
  const values = Float32Array.from({ length: count * dimension }, (_, at) => {
    const n = Math.floor(at / dimension);
    return middle[(n % centres) * dimension + (at % dimension)] + noise * next();
  });
  return { values, count, dimension };
}

const row = ({ values, dimension }: Rows, n: number) =>
  Array.from(values.subarray(n * dimension, (n + 1) * dimension));
const squared = (a: number[], b: number[]) => a.reduce((sum, x, d) => sum + (x - b[d]) ** 2, 0);

/** Lloyd's algorithm in float64 from given centroids, where no cluster becomes empty. */
function byHand(rows: Rows, start: number[][], iterations: number) {
  let centroids = start;
  const all = Array.from({ length: rows.count }, (_, n) => row(rows, n));
  const nearest = () =>
    all.map((x) => {
      const distances = centroids.map((c) => squared(x, c));
      return distances.indexOf(Math.min(...distances));
    });
  for (let i = 0; i < iterations; i++) {
    const labels = nearest();
    centroids = centroids.map((_, c) => {
      const members = all.filter((_, n) => labels[n] === c);
      return members[0].map((_, d) => members.reduce((sum, x) => sum + x[d], 0) / members.length);
    });
  }
  const labels = nearest();
  return { labels, inertia: all.reduce((sum, x, n) => sum + squared(x, centroids[labels[n]]), 0) };
}

function expectWhole({ labels, counts, centroids, inertia }: Awaited<ReturnType<typeof kmeans>>, k: number) {
  const found = new Uint32Array(k);
  for (const label of labels) found[label]++;
  expect(counts).toEqual(found);
  expect(Math.min(...counts)).toBeGreaterThan(0);
  expect(centroids.every(Number.isFinite)).toBe(true);
  expect(inertia).toBeGreaterThanOrEqual(0);
}

for (const [name, open] of Object.entries(backends))
  describe(`k-means on ${name}`, () => {
    let backend: Backend;
    beforeAll(async () => {
      backend = await open();
    });
    afterAll(() => backend?.close());

    test.each([
      { count: 500, dimension: 9, k: 7, iterations: 20 },
      { count: 2100, dimension: 33, k: 40, iterations: 2 }, // more than one chunk
      { count: 60, dimension: 1, k: 2, iterations: 0 },
    ])("is Lloyd's algorithm: %o", async ({ count, dimension, k, iterations }) => {
      const rows = draw("lloyd", count, dimension, k);
      const start = rows.values.slice(0, k * dimension);
      const expected = byHand(
        rows,
        Array.from({ length: k }, (_, c) => row(rows, c)),
        iterations,
      );
      const found = await kmeans(backend, rows, { k, iterations, start });
      expectWhole(found, k);
      expect([...found.labels]).toEqual(expected.labels);
      expect(Math.abs(found.inertia / expected.inertia - 1)).toBeLessThan(1e-5); // float32 rows
      const { labels, distances } = await assign(backend, rows, {
        ...{ values: found.centroids, count: k, dimension },
      });
      expect([...labels]).toEqual(expected.labels);
      expect(Math.abs(distances.reduce((a, b) => a + b) / expected.inertia - 1)).toBeLessThan(1e-5);
    });

    test("gives the same bits for the same seed, and others for another", async () => {
      const rows = draw("seeds", 300, 5, 300);
      const [a, b, c] = await Promise.all([1, 1, 2].map((seed) => kmeans(backend, rows, { k: 10, seed })));
      expect(a).toEqual(b);
      expect(a.labels).not.toEqual(c.labels);
    });

    test("does not mind where the origin is", async () => {
      const rows = draw("origin", 300, 5, 6);
      const far = { ...rows, values: rows.values.map((x) => Math.fround(x + 1000)) };
      const [near, moved] = await Promise.all([rows, far].map((each) => kmeans(backend, each, { k: 6 })));
      expect(moved.labels).toEqual(near.labels);
    });

    test("splits the largest cluster where one is empty", async () => {
      const rows = draw("split", 400, 4, 1);
      const start = new Float32Array(3 * 4).fill(100); // far from all rows
      start.set(rows.values.subarray(0, 4));
      const found = await kmeans(backend, rows, { k: 3, start });
      expectWhole(found, 3);
      expect(Math.min(...found.counts)).toBeGreaterThan(50);
    });

    test.each([
      { what: "all rows equal", k: 5, of: (n: number) => 0 * n },
      { what: "three values, more clusters", k: 9, of: (n: number) => n % 3 },
      { what: "one cluster", k: 1, of: (n: number) => Math.sin(n) },
      { what: "as many clusters as rows", k: 40, of: (n: number) => Math.sin(n) },
      { what: "one cluster fewer than rows", k: 39, of: (n: number) => Math.sin(n) },
    ])("leaves no cluster empty and nothing that is no number: $what", async ({ k, of }) => {
      const values = Float32Array.from({ length: 40 * 3 }, (_, at) => of(Math.floor(at / 3)) + (at % 3));
      const found = await kmeans(backend, { values, count: 40, dimension: 3 }, { k });
      expectWhole(found, k);
      if (k === 9) expect(found.inertia).toBeLessThan(1e-9); // a mean's rounding
      if (k === 5) expect([...found.counts].sort()).toEqual([1, 1, 1, 1, 36]);
      if (k === 40) expect(found.inertia).toBe(0);
    });

    test("refuses what cannot be, in one line", async () => {
      const rows = draw("refused", 10, 3, 2);
      await expect(kmeans(backend, rows, { k: 12 })).rejects.toThrow(
        "kmeans: k = 12 clusters of 10 rows; k must be from 1 to 10",
      );
      await expect(kmeans(backend, rows, { k: 0 })).rejects.toThrow("k must be from 1 to 10");
      await expect(kmeans(backend, rows, { k: 2, start: new Float32Array(5) })).rejects.toThrow(
        "kmeans: start: 5 values are not 2 rows of 3",
      );
      rows.values[4] = Number.NaN;
      await expect(kmeans(backend, rows, { k: 2 })).rejects.toThrow(
        "kmeans: a value in column 1 of the rows is not finite",
      );
      expect(backend.usage().bytes).toBe(0);
    });
  });
