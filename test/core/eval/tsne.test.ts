/** Maps of embeddings. */
import { describe, expect, test } from "vitest";
import { tsne } from "../../../core/eval/tsne.ts";
import { stream } from "../../../core/random.ts";

const DIMENSION = 10;

/** `each` points about each of `clusters` corners, far apart beside the spread of 0.1. */
function clusters(count: number, each: number) {
  const random = stream(2, "clusters");
  const values = new Float32Array(count * each * DIMENSION);
  for (let i = 0; i < count * each; i++)
    for (let k = 0; k < DIMENSION; k++)
      values[i * DIMENSION + k] = Number(k === Math.floor(i / each)) + 0.1 * random.normal();
  return { values, count: count * each, dimension: DIMENSION };
}

const distance = (y: Float64Array, i: number, j: number) =>
  Math.hypot(y[2 * i] - y[2 * j], y[2 * i + 1] - y[2 * j + 1]);

describe("five clusters", () => {
  const each = 30;
  const rows = clusters(5, each);
  const y = tsne(rows, { perplexity: 10 });

  test("are five islands: no point is nearer to one of another cluster than to all of its own", () => {
    for (let i = 0; i < rows.count; i++) {
      const by = (own: boolean) =>
        Array.from({ length: rows.count }, (_, j) => j)
          .filter((j) => j !== i && (Math.floor(j / each) === Math.floor(i / each)) === own)
          .map((j) => distance(y, i, j));
      expect(Math.max(...by(true)), `${i}`).toBeLessThan(Math.min(...by(false)));
    }
  });

  test("lie about the origin", () => {
    for (const axis of [0, 1])
      expect(y.filter((_, i) => i % 2 === axis).reduce((a, b) => a + b)).toBeCloseTo(0, 9);
  });

  test("lie in the same places for the same seed, and elsewhere for another", () => {
    expect(tsne(rows, { perplexity: 10 })).toEqual(y);
    expect(tsne(rows, { perplexity: 10, seed: 1 })).not.toEqual(y);
  });
});

test("points that are all one are mapped without a NaN", () => {
  const y = tsne({ values: new Float32Array(40), count: 20, dimension: 2 }, { perplexity: 5 });
  expect(y.every(Number.isFinite)).toBe(true);
});

test("what has too few rows is refused", () => {
  expect(() => tsne({ values: new Float32Array(20), count: 20, dimension: 1 })).toThrow(
    "tsne: a perplexity of 30 takes more than as many rows; got 20",
  );
});
