import { describe, expect, test } from "vitest";
import { type Embeddings, type Progress, progressOf } from "../../../core/eval/embeddings.ts";
import { distance, uniform } from "../../numbers.ts";

const rowsOf = (rows: number[][]): Embeddings => ({
  ...{ values: rows.flat(), count: rows.length, dimension: rows[0].length },
});
const draw = (count: number, dimension: number, ...path: string[]): number[][] => {
  const next = uniform(...path);
  return Array.from({ length: count }, () => Array.from({ length: dimension }, next));
};
/** All four within some roundings of one another. */
function expectClose(a: Progress, b: Progress, tolerance = 1e-12): void {
  const [x, y] = [a, b].map(({ std, rank, alignment, uniformity }) => [std, rank, alignment!, uniformity]);
  for (const [i, value] of y.entries()) expect(distance([x[i]], [value])).toBeLessThan(tolerance);
}

describe("the progress of embeddings", () => {
  test("that are all one, at whatever length, is a collapse", () => {
    const views = [1, 2].map((scale) =>
      rowsOf(Array.from({ length: 9 }, (_, i) => [3, 4].map((x) => x * scale * (i + 1)))),
    );
    const { std, rank, alignment, uniformity } = progressOf(views);
    expect(std).toBeLessThan(1e-15);
    expect(rank).toBe(1);
    expect([alignment, uniformity].map((x) => Math.abs(x!))).toEqual([0, 0]);
  });

  test("that are the axes in both directions: std 1 / sqrt(D), every direction in use", () => {
    const D = 6;
    const axis = (i: number) => Array.from({ length: D }, (_, d) => (i % D === d ? (i < D ? 1 : -1) : 0));
    const axes = Array.from({ length: 2 * D }, (_, i) => axis(i));
    const opposite = axes.map((row) => row.map((x) => -x));
    const { std, rank, alignment, uniformity } = progressOf([rowsOf(axes), rowsOf(opposite)]);
    expect(std).toBeCloseTo(1 / Math.sqrt(D), 14);
    expect(rank).toBeCloseTo(D, 12);
    expect(alignment).toBe(4);
    // Of 66 pairs, 6 are opposite at squared distance 4, the others orthogonal at 2.
    expect(uniformity).toBeCloseTo(Math.log((6 * Math.exp(-8) + 60 * Math.exp(-4)) / 66), 14);
  });

  test("uses as many directions as are there, few samples of many numbers or many of few", () => {
    const plane = draw(40, 2, "plane").map(([a, b]) => Array.from({ length: 30 }, (_, d) => (d % 2 ? a : b)));
    expect(progressOf([rowsOf(plane)]).rank).toBeLessThanOrEqual(2 + 1e-9);
    expect(progressOf([rowsOf(plane)]).rank).toBeGreaterThan(1.5);
    expect(progressOf([rowsOf(draw(5, 100, "few"))]).rank).toBeGreaterThan(4);
  });

  test("does not change where both views are turned alike, but the deviation does", () => {
    const D = 12;
    const views = [draw(50, D, "view 1"), draw(50, D, "view 2")];
    const v = draw(1, D, "mirror")[0];
    const square = v.reduce((sum, x) => sum + x * x, 0);
    const mirrored = (row: number[]) => {
      const along = row.reduce((sum, x, d) => sum + x * v[d], 0);
      return row.map((x, d) => x - (2 * along * v[d]) / square);
    };
    const swapped = (row: number[]) => [row[1], row[0], ...row.slice(2)]; // with it, a rotation
    const turned = views.map((rows) => rows.map(mirrored).map(swapped));
    const [before, after] = [progressOf(views.map(rowsOf)), progressOf(turned.map(rowsOf))];
    expect(Math.abs(after.std / before.std - 1)).toBeLessThan(0.05); // a mean over axes, which were turned
    expectClose({ ...after, std: before.std }, before);
  });

  test("does not depend on the embeddings' lengths, and of one view has no alignment", () => {
    const [z1, z2] = [draw(20, 7, "z1"), draw(20, 7, "z2")];
    const scaled = z1.map((row, i) => row.map((x) => x * (i + 1)));
    expectClose(progressOf([rowsOf(scaled), rowsOf(z2)]), progressOf([rowsOf(z1), rowsOf(z2)]));
    expect(Object.keys(progressOf([rowsOf(z1)]))).toEqual(["std", "rank", "uniformity"]);
  });

  test("of a batch of 2,048 numbers an image is told within seconds", () => {
    const started = performance.now();
    const { rank } = progressOf([rowsOf(draw(1000, 2048, "large"))]);
    expect(performance.now() - started).toBeLessThan(20_000); // 2 s on an idle core
    expect(rank).toBeGreaterThan(400);
  });

  test("is no number where an embedding is none", () => {
    const z = draw(5, 3, "broken");
    z[2][1] = Number.NaN;
    expect(Object.values(progressOf([rowsOf(z)]))).toEqual([Number.NaN, Number.NaN, Number.NaN]);
  });
});
