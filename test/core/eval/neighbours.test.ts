import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Backend } from "../../../core/backend.ts";
import { neighbours, type Vectors } from "../../../core/eval/neighbours.ts";
import { backends } from "../../backends.ts";
import { uniform } from "../../numbers.ts";

function draw(name: string, count: number, dimension: number): Vectors {
  return { values: Float32Array.from({ length: count * dimension }, uniform(name)), count, dimension };
}

/** Axis n % D in row n, of any length: cosines are 1 and 0. */
function axes(count: number, dimension: number): Vectors {
  const values = new Float32Array(count * dimension);
  for (let n = 0; n < count; n++) values[n * dimension + (n % dimension)] = 1 + (n % dimension);
  return { values, count, dimension };
}

for (const [name, open] of Object.entries(backends))
  describe(`neighbours on ${name}`, () => {
    let backend: Backend;
    beforeAll(async () => {
      backend = await open();
    });
    afterAll(() => backend?.close());

    const limited = (limits: Partial<Backend["limits"]>): Backend => ({
      ...backend,
      limits: { ...backend.limits, ...limits },
    });

    test.each([
      { count: 300, queries: 300, dimension: 9, k: 20, rows: 70 }, // more than one chunk of queries
      { count: 301, queries: 57, dimension: 33, k: 100, rows: 70 }, // more neighbours than a block has rows
      { count: 130, queries: 40, dimension: 8, k: 130, rows: 33 }, // all: a sort
      { count: 1000, queries: 20, dimension: 300, k: 1, rows: 900 }, // rows are larger than similarities
      { count: 20, queries: 3, dimension: 5, k: 7, rows: 8 },
    ])("are the same bits in blocks as in one: %o", async ({ count, queries, dimension, k, rows }) => {
      const [bank, asked] = [draw("bank", count, dimension), draw("queries", queries, dimension)];
      const whole = await neighbours(backend, bank, asked, { k });
      const tensor = 512 + rows * 4 * Math.max(dimension, 256); // what is larger is refused
      expect(await neighbours(limited({ tensor }), bank, asked, { k })).toEqual(whole);
      const beside = backend.usage().bytes + 4 * 256 * 2 * (dimension + k);
      const total = beside + 2 * Math.min(rows, count / 2) * 4 * (2 * dimension + 256);
      expect(await neighbours(limited({ total }), bank, asked, { k })).toEqual(whole);
    });

    test("of equal rows in several blocks those of the lower indices come first", async () => {
      const [bank, k] = [axes(50, 3), 20]; // 17 or 16 rows along each axis
      const found = await neighbours(limited({ tensor: 512 + 8 * 1024 }), bank, axes(3, 3), { k });
      for (let axis = 0; axis < 3; axis++) {
        const all = Array.from({ length: 50 }, (_, i) => i);
        const along = all.filter((i) => i % 3 === axis);
        const others = all.filter((i) => i % 3 !== axis);
        expect([...found.index.subarray(axis * k, (axis + 1) * k)]).toEqual(
          [...along, ...others].slice(0, k),
        );
        const cosines = [...found.similarity.subarray(axis * k, (axis + 1) * k)];
        expect(cosines).toEqual(cosines.map((_, i) => Number(i < along.length)));
      }
    });

    test("hold nothing any more where the backend has not even room for the queries", async () => {
      const before = backend.usage();
      const [bank, asked] = [draw("bank", 30, 6), draw("queries", 5, 6)];
      await expect(neighbours(limited({ tensor: 6000 }), bank, asked, { k: 5 })).rejects.toThrow(
        `memory: f32 [256, 6] needs 6144 bytes in one tensor; ${backend.name} has 6000; use `,
      );
      expect(backend.usage()).toEqual(before);
      await neighbours(backend, bank, asked, { k: 5 });
      expect(backend.usage()).toEqual(before);
    });
  });
