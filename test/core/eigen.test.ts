import { describe, expect, test } from "vitest";
import { eigen, eigenvalues } from "../../core/eigen.ts";
import { distance, uniform } from "../numbers.ts";

/** Matrices [n, n] by rows, in float64. */
const matrix = (n: number, at: (i: number, j: number) => number) =>
  Float64Array.from({ length: n * n }, (_, k) => at(Math.floor(k / n), k % n));

describe("eigenvalues", () => {
  test("are the entries of a diagonal matrix, sorted", () => {
    const entries = [2, -3, 0, 5, 5];
    const a = matrix(5, (i, j) => (i === j ? entries[i] : 0));
    expect([...eigenvalues(a, 5)]).toEqual([5, 5, 2, 0, -3]);
    expect([...eigenvalues(Float64Array.of(7), 1)]).toEqual([7]);
  });

  test.each([2, 3, 40])("are 2 - 2 cos(k pi / (n + 1)) of the second difference, n = %i", (n) => {
    const a = matrix(n, (i, j) => [2, -1][Math.abs(i - j)] ?? 0);
    const expected = Array.from({ length: n }, (_, i) => 2 - 2 * Math.cos(((n - i) * Math.PI) / (n + 1)));
    const found = eigenvalues(a, n);
    for (const [i, value] of expected.entries()) expect(Math.abs(found[i] - value)).toBeLessThan(1e-14 * n);
  });

  test("are n and n - 1 zeros of the matrix of ones", () => {
    const found = eigenvalues(new Float64Array(50 * 50).fill(1), 50);
    expect(Math.abs(found[0] - 50)).toBeLessThan(1e-12);
    for (const value of found.subarray(1)) expect(Math.abs(value)).toBeLessThan(1e-12);
  });

  test("have the trace and the squared norm of a full matrix", () => {
    const [n, next] = [60, uniform("symmetric")];
    const half = matrix(n, next);
    const a = matrix(n, (i, j) => half[Math.max(i, j) * n + Math.min(i, j)]);
    const trace = Array.from({ length: n }, (_, i) => a[i * n + i]).reduce((sum, x) => sum + x);
    const squares = a.reduce((sum, x) => sum + x * x, 0);
    const found = eigenvalues(a, n);
    expect(Math.abs(found.reduce((sum, x) => sum + x) - trace)).toBeLessThan(1e-11);
    expect(Math.abs(found.reduce((sum, x) => sum + x * x, 0) / squares - 1)).toBeLessThan(1e-13);
    expect(found).toEqual(found.toSorted().reverse());
  });

  test("of what is no number are none, at once", () => {
    const a = matrix(4, (i, j) => (i + j === 3 ? Number.NaN : 1));
    expect([...eigenvalues(a, 4)]).toEqual(Array(4).fill(Number.NaN));
  });
});

describe("eigen", () => {
  /** A full symmetric matrix, and one with eigenvalues that repeat. */
  const full = (n: number) => {
    const half = matrix(n, uniform("vectors", n));
    return matrix(n, (i, j) => half[Math.max(i, j) * n + Math.min(i, j)]);
  };
  const ones = (n: number) => new Float64Array(n * n).fill(1);
  /** The same 4 x 4 again and again along the diagonal. */
  const blocks = (n: number) => {
    const own = full(4);
    return matrix(n, (i, j) => (i >> 2 === j >> 2 ? own[(i % 4) * 4 + (j % 4)] : 0));
  };

  test.each([
    ["one number", 1, full],
    ["two", 2, full],
    ["a full matrix", 60, full],
    ["a matrix of ones", 20, ones],
    ["zeros", 7, (n: number) => new Float64Array(n * n)],
    [
      "values that all but agree",
      30,
      (n: number) => full(n).map((x, at) => 1e-13 * x + Number(at % (n + 1) === 0)),
    ],
    ["one whose parts know nothing of one another", 24, (n: number) => blocks(n)],
    ["large numbers", 12, (n: number) => full(n).map((x) => x * 1e150)],
  ])("gives orthogonal vectors that the matrix only stretches, by the values: %s", async (_, n, make) => {
    const { values, vectors } = await eigen(make(n), n);
    const a = make(n);
    expect(distance(values, eigenvalues(make(n), n))).toBeLessThan(1e-13);
    const scale = a.reduce((most, x) => Math.max(most, Math.abs(x)), 1);
    const row = (k: number) => vectors.subarray(k * n, (k + 1) * n);
    const dot = (x: Float64Array, y: Float64Array) => x.reduce((sum, value, i) => sum + value * y[i], 0);
    for (let k = 0; k < n; k++) {
      const stretched = Float64Array.from({ length: n }, (_, i) =>
        dot(a.subarray(i * n, (i + 1) * n), row(k)),
      );
      for (let i = 0; i < n; i++)
        expect(Math.abs(stretched[i] - values[k] * row(k)[i])).toBeLessThan(1e-13 * n * scale);
      for (let l = 0; l <= k; l++)
        expect(Math.abs(dot(row(k), row(l)) - Number(k === l))).toBeLessThan(1e-14 * n);
      const largest = row(k).reduce((best, x) => (Math.abs(x) > Math.abs(best) ? x : best), 0);
      expect(largest).toBeGreaterThan(0);
    }
  });

  test("gives the largest alone where it is told how many", async () => {
    const [few, all] = [await eigen(full(60), 60, 7), await eigen(full(60), 60)];
    expect(few.values).toEqual(all.values.slice(0, 7));
    expect(few.vectors).toEqual(all.vectors.slice(0, 7 * 60));
  });

  test("leaves others a turn meanwhile", async () => {
    let done = false;
    let turns = 0;
    const work = eigen(full(500), 500).then(() => {
      done = true;
    });
    while (!done) {
      await new Promise((next) => setTimeout(next));
      turns++;
    }
    await work;
    expect(turns).toBeGreaterThan(1); // where it takes 50 ms or more
  });
});
