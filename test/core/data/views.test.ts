import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { drawViews, type ViewSpec } from "../../../core/data/views.ts";
import { Column, jitterAt, ROW } from "../../../core/ops/viewRow.ts";

// SimCLR's on CIFAR-10, as in core/recipes.
const spec: ViewSpec = {
  crop: { scale: [0.08, 1], ratio: [3 / 4, 4 / 3] },
  flip: 0.5,
  jitter: { p: 0.8, brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1 },
  gray: 0.2,
};

type Row = Record<keyof typeof Column, number>;

function draw(changes: Partial<ViewSpec> = {}, where: Partial<Parameters<typeof drawViews>[2]> = {}): Row[] {
  const at = { seed: 1, epoch: 0, first: 0, count: 4000, view: 0, height: 32, width: 32, ...where };
  const rows = new Float32Array(at.count * ROW).fill(Number.NaN);
  drawViews(rows, { ...spec, ...changes }, at);
  const row = (i: number) =>
    Object.fromEntries(Object.entries(Column).map(([name, column]) => [name, rows[i * ROW + column]])) as Row;
  return Array.from({ length: at.count }, (_, i) => row(i));
}

const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const order = (row: Row) => [0, 1, 2, 3].map((step) => jitterAt(row.order, step)).join("");

describe("a row", () => {
  test("depends on seed, epoch, position and view alone, not on how the batch is cut", () => {
    const whole = draw({}, { count: 64 });
    expect([...draw({}, { count: 24 }), ...draw({}, { first: 24, count: 40 })]).toEqual(whole);
    for (const other of [{ seed: 2 }, { epoch: 1 }, { view: 1 }, { first: 64 }])
      expect(draw({}, { count: 64, ...other })).not.toEqual(whole);
  });

  test("fills every column, and only its own batch's", () => {
    expect(draw().every((row) => Object.values(row).every(Number.isFinite))).toBe(true);
    const rows = new Float32Array(3 * ROW).fill(7);
    drawViews(rows, spec, { seed: 1, epoch: 0, first: 0, count: 2, view: 0, height: 8, width: 8 });
    expect([...rows.subarray(2 * ROW)]).toEqual(new Array(ROW).fill(7));
  });

  test("needs its room", () => {
    const at = { seed: 1, epoch: 0, first: 0, count: 2, view: 0, height: 8, width: 8 };
    expect(() => drawViews(new Float32Array(23), spec, at)).toThrow(
      "views: 2 rows take 24 numbers; got room for 23",
    );
  });
});

describe("the crop", () => {
  test("lies within the image, for any size, scale and ratio", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 1, max: 100 }),
        fc.integer({ min: 1, max: 20 }),
        (height, width, percent, stretch) => {
          const crop = { scale: [percent / 100, 1], ratio: [1 / stretch, stretch] } as const;
          return draw({ crop }, { height, width, count: 20 }).every(
            (row) =>
              row.height >= 1 &&
              row.width >= 1 &&
              row.top >= 0 &&
              row.left >= 0 &&
              row.top + row.height <= height &&
              row.left + row.width <= width,
          );
        },
      ),
      { numRuns: 200, seed: 1 },
    );
  });

  test("has an area uniform in the scale's range and a ratio uniform in its logarithm", () => {
    // Small enough that no attempt fails, large enough that rounding to pixels does not show.
    const rows = draw({ crop: { scale: [0.1, 0.5], ratio: [3 / 4, 4 / 3] } }, { height: 1000, width: 1000 });
    const areas = rows.map((row) => (row.height * row.width) / 1e6);
    const ratios = rows.map((row) => Math.log(row.width / row.height));
    expect(Math.min(...areas)).toBeGreaterThan(0.099);
    expect(Math.max(...areas)).toBeLessThan(0.501);
    expect(Math.abs(mean(areas) - 0.3)).toBeLessThan(0.01); // five standard errors: 5 * 0.4 / sqrt(12 * 4000)
    expect(Math.abs(mean(areas.map((a) => (a - 0.3) ** 2)) - 0.16 / 12)).toBeLessThan(0.001);
    expect(Math.abs(mean(ratios))).toBeLessThan(0.014);
    expect(Math.abs(mean(ratios.map((r) => r * r)) - Math.log(4 / 3) ** 2 / 3)).toBeLessThan(0.003);
  });

  test("is placed uniformly, the last row and column included", () => {
    const rows = draw({ crop: { scale: [0.25, 0.25], ratio: [1, 1] } }, { height: 8, width: 8 });
    const counts = new Array(25).fill(0);
    for (const { top, left, height, width } of rows) {
      expect([height, width]).toEqual([4, 4]);
      counts[top * 5 + left]++;
    }
    const chi = counts.reduce((sum, count) => sum + (count - 160) ** 2 / 160, 0);
    expect(chi).toBeLessThan(24 + 5 * Math.sqrt(48));
  });

  test("falls back to the centre, clamped to the range of ratios", () => {
    // Ten attempts at more than the whole area all fail.
    const crop = { scale: [4, 4], ratio: [3 / 4, 4 / 3] } as const;
    const one = (height: number, width: number) => {
      const { top, left, height: h, width: w } = draw({ crop }, { height, width, count: 1 })[0];
      return [top, left, h, w];
    };
    expect(one(10, 10)).toEqual([0, 0, 10, 10]);
    expect(one(30, 90)).toEqual([0, 25, 30, 40]); // too wide: w = h 4/3
    expect(one(90, 30)).toEqual([25, 0, 40, 30]); // too high: h = w / (3/4)
    // Halves round to even, as Python's round does: 3 * 1.5 = 4.5 -> 4, 5 * 1.5 = 7.5 -> 8.
    const half = { scale: [100, 100], ratio: [1, 1.5] } as const;
    expect(draw({ crop: half }, { height: 3, width: 90, count: 1 })[0].width).toBe(4);
    expect(draw({ crop: half }, { height: 5, width: 90, count: 1 })[0].width).toBe(8);
  });
});

describe("flip, jitter and gray", () => {
  test("come with their probabilities, independently", () => {
    const rows = draw();
    const five = 5 * Math.sqrt(0.25 / rows.length); // five standard errors at most
    expect(Math.abs(mean(rows.map((row) => row.flip)) - 0.5)).toBeLessThan(five);
    expect(Math.abs(mean(rows.map((row) => row.jitter)) - 0.8)).toBeLessThan(five);
    expect(Math.abs(mean(rows.map((row) => row.gray)) - 0.2)).toBeLessThan(five);
    expect(Math.abs(mean(rows.map((row) => row.flip * row.gray)) - 0.1)).toBeLessThan(five);
    expect(rows.every((row) => [0, 1].includes(row.flip) && [0, 1].includes(row.gray))).toBe(true);
  });

  test("never and always are 0 and 1", () => {
    const never = draw({ flip: 0, gray: 0, jitter: { ...spec.jitter, p: 0 } });
    const always = draw({ flip: 1, gray: 1, jitter: { ...spec.jitter, p: 1 } });
    expect(never.every((row) => row.flip + row.gray + row.jitter === 0)).toBe(true);
    expect(always.every((row) => row.flip + row.gray + row.jitter === 3)).toBe(true);
  });

  test("factors fill the ranges that torchvision gives them", () => {
    const rows = draw({ jitter: { p: 1, brightness: 0.4, contrast: 1.5, saturation: 0, hue: 0.1 } });
    const range = (column: keyof Row) => {
      const values = rows.map((row) => row[column]);
      return [Math.min(...values), mean(values), Math.max(...values)];
    };
    const close = (got: number[], wanted: number[]) => {
      for (const [i, value] of got.entries()) expect(Math.abs(value - wanted[i])).toBeLessThan(0.06);
    };
    close(range("brightness"), [0.6, 1, 1.4]);
    close(range("contrast"), [0, 1.25, 2.5]); // not below 0
    close(range("saturation"), [1, 1, 1]);
    close(range("hue"), [-0.1, 0, 0.1]);
    expect(range("hue")[0]).toBeLessThan(-0.09);
  });

  test("where the jitter does not apply, its factors change nothing", () => {
    for (const row of draw().filter((row) => row.jitter === 0))
      expect([row.brightness, row.contrast, row.saturation, row.hue, order(row)]).toEqual([
        1,
        1,
        1,
        0,
        "0123",
      ]);
  });

  test("all 24 orders of the four jitters are equally likely", () => {
    const rows = draw({ jitter: { ...spec.jitter, p: 1 } }, { count: 4800 });
    const counts = new Map<string, number>();
    for (const row of rows) counts.set(order(row), (counts.get(order(row)) ?? 0) + 1);
    expect(counts.size).toBe(24);
    expect([...counts.keys()].every((key) => [...key].toSorted().join("") === "0123")).toBe(true);
    const chi = [...counts.values()].reduce((sum, count) => sum + (count - 200) ** 2 / 200, 0);
    expect(chi).toBeLessThan(23 + 5 * Math.sqrt(46));
  });
});
