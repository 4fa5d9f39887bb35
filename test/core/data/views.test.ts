import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { columnsOf, drawViews, type ViewConfig, viewsOf } from "../../../core/data/views.ts";
import { Jitter, jitterAt } from "../../../core/ops/colorJitter.ts";
import { Box } from "../../../core/ops/crop.ts";

const JITTER = { p: 0.8, brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1 };

type Changes = Partial<ViewConfig> & { jitter?: typeof JITTER; gray?: number };

/** SimCLR's on CIFAR-10, as in core/recipes, with changes to its parts. */
const viewOf = ({ jitter = JITTER, gray = 0.2, ...rest }: Changes = {}): ViewConfig => ({
  crop: { scale: [0.08, 1], ratio: [3 / 4, 4 / 3] },
  flip: 0.5,
  steps: [{ colorJitter: jitter }, { grayscale: { p: gray } }],
  ...rest,
});

type Row = Record<keyof typeof Box | keyof typeof Jitter | "gray", number>;

function draw(changes: Changes = {}, where: object = {}): Row[] {
  const at = { seed: 1, epoch: 0, first: 0, count: 4000, view: 0, height: 32, width: 32, ...where };
  const view = viewOf(changes);
  const tables = columnsOf(view).map((columns) => new Float32Array(at.count * columns).fill(Number.NaN));
  drawViews(tables, view, at, () => at);
  const names = [Object.keys(Box), Object.keys(Jitter), ["gray"]];
  const row = (i: number) =>
    tables.flatMap((table, t) => names[t].map((name, c) => [name, table[i * names[t].length + c]]));
  return Array.from({ length: at.count }, (_, i) => Object.fromEntries(row(i)) as Row);
}

const SMALL = { height: 8, width: 8 };
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
    const tables = columnsOf(viewOf()).map((columns) => new Float32Array(3 * columns).fill(7));
    drawViews(tables, viewOf(), { seed: 1, epoch: 0, first: 0, count: 2, view: 0 }, () => SMALL);
    for (const table of tables) {
      const columns = table.length / 3;
      expect([...table.subarray(2 * columns)]).toEqual(new Array(columns).fill(7));
    }
  });

  test("needs its room", () => {
    const at = { seed: 1, epoch: 0, first: 0, count: 2, view: 0 };
    const tables = [new Float32Array(10), new Float32Array(11), new Float32Array(2)];
    expect(() => drawViews(tables, viewOf(), at, () => SMALL)).toThrow(
      "views: 2 rows take 12 numbers; got room for 11",
    );
  });

  test("is drawn for its own image's extents", () => {
    const view: ViewConfig = { flip: 0, steps: [] };
    const table = new Float32Array(10);
    const extents = [SMALL, { height: 3, width: 5 }];
    drawViews([table], view, { seed: 1, epoch: 0, first: 0, count: 2, view: 0 }, (i) => extents[i]);
    expect([...table]).toEqual([0, 0, 8, 8, 0, 0, 0, 3, 5, 0]); // without a crop, the whole image
  });
});

describe("a recipe's views", () => {
  const [a, b] = [viewOf(), viewOf({ flip: 0 })];

  test("are as many as the method takes, where one is made alone", () => {
    expect(viewsOf([a], 3)).toEqual([a, a, a]);
  });

  test("are repeated in the order of the list", () => {
    expect(viewsOf([{ ...a, repeat: 2 }, b], 3).map(({ flip }) => flip)).toEqual([0.5, 0.5, 0]);
  });

  test("must add up to the method's", () => {
    expect(() => viewsOf([{ ...a, repeat: 2 }, b], 2)).toThrow(
      "views: the method takes 2; the recipe makes 3",
    );
    expect(() => viewsOf([{ ...a, repeat: 1 }], 2)).toThrow("the recipe makes 1");
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
          const crop: ViewConfig["crop"] = { scale: [percent / 100, 1], ratio: [1 / stretch, stretch] };
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
    const crop: ViewConfig["crop"] = { scale: [4, 4], ratio: [3 / 4, 4 / 3] };
    const one = (height: number, width: number) => {
      const { top, left, height: h, width: w } = draw({ crop }, { height, width, count: 1 })[0];
      return [top, left, h, w];
    };
    expect(one(10, 10)).toEqual([0, 0, 10, 10]);
    expect(one(30, 90)).toEqual([0, 25, 30, 40]); // too wide: w = h 4/3
    expect(one(90, 30)).toEqual([25, 0, 40, 30]); // too high: h = w / (3/4)
    // Halves round to even, as Python's round does: 3 * 1.5 = 4.5 -> 4, 5 * 1.5 = 7.5 -> 8.
    const half: ViewConfig["crop"] = { scale: [100, 100], ratio: [1, 1.5] };
    expect(draw({ crop: half }, { height: 3, width: 90, count: 1 })[0].width).toBe(4);
    expect(draw({ crop: half }, { height: 5, width: 90, count: 1 })[0].width).toBe(8);
  });
});

describe("flip, jitter and gray", () => {
  test("come with their probabilities, independently", () => {
    const rows = draw();
    const five = 5 * Math.sqrt(0.25 / rows.length); // five standard errors at most
    expect(Math.abs(mean(rows.map((row) => row.flip)) - 0.5)).toBeLessThan(five);
    expect(Math.abs(mean(rows.map((row) => row.applies)) - 0.8)).toBeLessThan(five);
    expect(Math.abs(mean(rows.map((row) => row.gray)) - 0.2)).toBeLessThan(five);
    expect(Math.abs(mean(rows.map((row) => row.flip * row.gray)) - 0.1)).toBeLessThan(five);
    expect(rows.every((row) => [0, 1].includes(row.flip) && [0, 1].includes(row.gray))).toBe(true);
  });

  test("never and always are 0 and 1", () => {
    const never = draw({ flip: 0, gray: 0, jitter: { ...JITTER, p: 0 } });
    const always = draw({ flip: 1, gray: 1, jitter: { ...JITTER, p: 1 } });
    expect(never.every((row) => row.flip + row.gray + row.applies === 0)).toBe(true);
    expect(always.every((row) => row.flip + row.gray + row.applies === 3)).toBe(true);
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
    for (const row of draw().filter((row) => row.applies === 0))
      expect([row.brightness, row.contrast, row.saturation, row.hue, order(row)]).toEqual([
        1,
        1,
        1,
        0,
        "0123",
      ]);
  });

  test("all 24 orders of the four jitters are equally likely", () => {
    const rows = draw({ jitter: { ...JITTER, p: 1 } }, { count: 4800 });
    const counts = new Map<string, number>();
    for (const row of rows) counts.set(order(row), (counts.get(order(row)) ?? 0) + 1);
    expect(counts.size).toBe(24);
    expect([...counts.keys()].every((key) => [...key].toSorted().join("") === "0123")).toBe(true);
    const chi = [...counts.values()].reduce((sum, count) => sum + (count - 200) ** 2 / 200, 0);
    expect(chi).toBeLessThan(23 + 5 * Math.sqrt(46));
  });
});
