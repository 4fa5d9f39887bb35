import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Backend } from "../../../core/backend.ts";
import { pca, project, type Rows } from "../../../core/cluster/index.ts";
import { backends } from "../../backends.ts";
import { uniform } from "../../numbers.ts";

function draw(count: number, dimension: number, scale = (_d: number) => 1): Rows {
  const next = uniform("pca", count, dimension);
  const values = Float32Array.from(
    { length: count * dimension },
    (_, at) => 3 + scale(at % dimension) * next(),
  );
  return { values, count, dimension };
}

for (const [name, open] of Object.entries(backends))
  describe(`principal components on ${name}`, () => {
    let backend: Backend;
    beforeAll(async () => {
      backend = await open();
    });
    afterAll(() => backend?.close());

    test("whitened rows have no mean and the identity for a covariance", async () => {
      const rows = draw(2500, 6, (d) => 1 / (1 + d)); // more than one chunk
      const found = await pca(backend, rows, { dimensions: 6 });
      const { values } = await project(backend, rows, found, { whiten: true });
      for (let i = 0; i < 6; i++)
        for (let j = -1; j <= i; j++) {
          let sum = 0;
          for (let n = 0; n < rows.count; n++) sum += values[n * 6 + i] * (j < 0 ? 1 : values[n * 6 + j]);
          expect(Math.abs(sum / (rows.count - 1) - Number(i === j))).toBeLessThan(1e-4);
        }
    });

    test("unit rows are of length 1, and components keep distances where all are kept", async () => {
      const rows = draw(50, 7);
      const found = await pca(backend, rows, { dimensions: 7 });
      const [plain, unit] = [
        await project(backend, rows, found),
        await project(backend, rows, found, { unit: true }),
      ];
      const length = (of: Float32Array, n: number) => Math.hypot(...of.subarray(n * 7, (n + 1) * 7));
      for (let n = 0; n < 50; n++) {
        const moved = Math.hypot(
          ...Array.from({ length: 7 }, (_, d) => rows.values[n * 7 + d] - found.mean[d]),
        );
        expect(Math.abs(length(plain.values, n) / moved - 1)).toBeLessThan(1e-5);
        expect(Math.abs(length(unit.values, n) - 1)).toBeLessThan(1e-6);
      }
    });

    test("of equal rows, of one row and of a constant column nothing is no number", async () => {
      const constant = draw(30, 4, (d) => Number(d !== 2));
      for (const rows of [{ ...draw(20, 4), values: new Float32Array(80).fill(2.3) }, draw(1, 4), constant]) {
        const found = await pca(backend, rows, { dimensions: 4 });
        const { values } = await project(backend, rows, found, { whiten: true, unit: true });
        expect(values.every(Number.isFinite)).toBe(true);
        if (rows !== constant) expect(Math.max(...values)).toBe(0);
      }
    });

    test("refuses what cannot be, in one line", async () => {
      const rows = draw(10, 3);
      await expect(pca(backend, rows, { dimensions: 4 })).rejects.toThrow(
        "pca: 4 dimensions of rows that have 3; choose from 1 to 3",
      );
      const found = await pca(backend, rows, { dimensions: 2 });
      await expect(project(backend, draw(10, 4), found)).rejects.toThrow(
        "project: rows of 4 numbers, components of 3",
      );
      rows.values.fill(1e30, 0, 15);
      await expect(pca(backend, rows, { dimensions: 2 })).rejects.toThrow("exceed float32");
      rows.values[2] = Number.POSITIVE_INFINITY;
      await expect(pca(backend, rows, { dimensions: 2 })).rejects.toThrow(
        "column 2 of the rows is not finite",
      );
      expect(backend.usage().bytes).toBe(0);
    });
  });
