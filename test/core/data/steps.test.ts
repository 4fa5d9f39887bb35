/** Steps of recipes: what the host draws for them, and what they make of a recipe's settings. */
import { describe, expect, test } from "vitest";
import { checkSteps, columnsOf, drawViews, extentsOf, stepOf, viewConfig } from "../../../core/data/views.ts";
import { gaussianBlur } from "../../../core/ops/index.ts";
import { input } from "../../../core/tensor.ts";
import { openTraining } from "../../../core/train/training.ts";
import { backends } from "../../backends.ts";
import { noise, stateAt, tiny } from "../train/runs.ts";

const COUNT = 4000;
const VIEW = { height: 32, width: 40 };

/** The numbers that are drawn for the last of these steps, view by view. */
function drawn(...steps: object[]): number[][] {
  const view = viewConfig.parse({ steps });
  const columns = columnsOf(view);
  const tables = columns.map((each) => new Float32Array(COUNT * each).fill(Number.NaN));
  drawViews(tables, view, { seed: 1, epoch: 0, first: 0, count: COUNT, view: 0 }, () => VIEW);
  const [own, last] = [columns.at(-1)!, tables.at(-1)!];
  return Array.from({ length: COUNT }, (_, i) => [...last.subarray(i * own, (i + 1) * own)]);
}

const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Fails unless values look uniform: a histogram of ten bins, five deviations of chi squared. */
function expectUniform(values: number[], low: number, high: number) {
  const counts = Array(10).fill(0);
  for (const value of values) counts[Math.floor((10 * (value - low)) / (high - low))]++;
  const each = values.length / 10;
  const chi = counts.reduce((sum, count) => sum + (count - each) ** 2 / each, 0);
  expect(counts.length).toBe(10);
  expect(chi).toBeLessThan(9 + 5 * Math.sqrt(18));
}

const FIVE = 5 * Math.sqrt(0.25 / COUNT); // five standard errors of a share, at most

describe("gaussianBlur", () => {
  const sigmas = drawn({ gaussianBlur: { p: 0.5, sigma: [0.1, 2] } }).map(([sigma]) => sigma);

  test("draws a width uniformly, or none", () => {
    const blurred = sigmas.filter((sigma) => sigma !== 0);
    expect(Math.abs(blurred.length / COUNT - 0.5)).toBeLessThan(FIVE);
    expectUniform(blurred, 0.1, 2);
  });

  /** The kernel for views of some height, where the recipe does not say. */
  const kernelAt = (height: number) => {
    const [step, config] = stepOf({ gaussianBlur: { p: 1, sigma: [1, 1] as [number, number] } });
    const y = step.apply(input([1, height, height, 3]), input([1, 1]), config);
    return y.origin.kind === "op" && y.origin.call.u32.kernel;
  };

  test("takes a tenth of the view for its kernel, made odd, and 3 at least", () => {
    expect([8, 32, 64, 96, 160, 224].map(kernelAt)).toEqual([3, 3, 7, 9, 17, 23]);
  });

  test("refuses kernels that are even, or that mirroring cannot serve", () => {
    const parsed = viewConfig.safeParse({ steps: [{ gaussianBlur: { p: 1, sigma: [1, 2], kernel: 4 } }] });
    expect(parsed.error?.message).toContain("must be odd");
    expect(() => gaussianBlur(input([2, 8, 3, 3]), input([2, 1]), { axis: 2, kernel: 7 })).toThrow(
      "gaussianBlur: a kernel of 7 reaches beyond 3 mirrored pixels; got [2, 8, 3, 3]",
    );
    expect(gaussianBlur(input([2, 8, 3, 3]), input([2, 1]), { axis: 2, kernel: 5 }).shape).toEqual([
      2, 8, 3, 3,
    ]);
  });
});

test("solarize applies with its probability, above PIL's threshold where nothing is said", () => {
  const rows = drawn({ solarize: { p: 0.2 } }).flat();
  expect(new Set(rows)).toEqual(new Set([0, 1]));
  expect(Math.abs(mean(rows) - 0.2)).toBeLessThan(FIVE);
  expect(viewConfig.parse({ steps: [{ solarize: { p: 0.2 } }] }).steps[0]).toEqual({
    solarize: { p: 0.2, threshold: 128 / 255 },
  });
});

test("rotate turns by an angle uniform to both sides, always where nothing is said", () => {
  const rows = drawn({ rotate: { degrees: 30 } });
  for (const [cosine, sine] of rows) expect(Math.abs(Math.hypot(cosine, sine) - 1)).toBeLessThan(1e-6); // f32
  const degrees = rows.map(([cosine, sine]) => (Math.atan2(sine, cosine) * 180) / Math.PI);
  expectUniform(degrees, -30, 30);
  const seldom = drawn({ rotate: { p: 0.2, degrees: 30 } }).filter(([cosine]) => cosine !== 1);
  expect(Math.abs(seldom.length / COUNT - 0.2)).toBeLessThan(FIVE);
});

describe("randomCrop", () => {
  test("lies anywhere in the padded view, each place as likely", () => {
    const rows = drawn({ randomCrop: { size: 30, padding: 1 } }); // 32 + 2 - 30 + 1 = 5 by 40 + 2 - 30 + 1 = 13 places
    expect([Math.min(...rows.map(([top]) => top)), Math.max(...rows.map(([top]) => top))]).toEqual([-1, 3]);
    const counts = Array(5 * 13).fill(0);
    for (const [top, left] of rows) counts[(top + 1) * 13 + left + 1]++;
    const each = COUNT / counts.length;
    const chi = counts.reduce((sum, count) => sum + (count - each) ** 2 / each, 0);
    expect(counts.length).toBe(5 * 13);
    expect(chi).toBeLessThan(64 + 5 * Math.sqrt(128));
  });

  test("keeps the view's extents where nothing is said, and changes those that later steps see", () => {
    const of = (...steps: object[]) => extentsOf(viewConfig.parse({ steps }), VIEW);
    expect(of({ randomCrop: {} })).toEqual([VIEW, VIEW]);
    const square = (side: number) => ({ height: side, width: side });
    expect(of({ randomCrop: { size: 30 } }, { solarize: { p: 1 } }, { randomCrop: { size: 20 } })).toEqual([
      ...[VIEW, square(30), square(30), square(20)],
    ]);
    const corners = drawn({ randomCrop: { size: 30 } }, { randomCrop: { size: 20 } }).flat();
    expect([Math.min(...corners), Math.max(...corners)]).toEqual([0, 10]);
  });

  test("must fit into the padded view", () => {
    expect(() => drawn({ randomCrop: { size: 35, padding: 1 } })).toThrow(
      "randomCrop: 35 pixels do not fit into 32 with 1 around them",
    );
  });
});

describe("a step that is left too small a view is told by its key in the recipe, with what to change,", () => {
  const check = (of: object, image = VIEW) =>
    checkSteps([viewConfig.parse({}), viewConfig.parse(of)], () => image);
  const cases: [what: string, steps: object[], message: string | undefined][] = [
    [
      "of an image",
      [{ solarize: { p: 1 } }, { randomCrop: { size: 35, padding: 1 } }],
      "views: views.1.steps.1.randomCrop takes a view of 33 pixels or more; got 32 x 40; raise views.1.size, or lower views.1.steps.1.randomCrop.size",
    ],
    [
      "of a step before",
      [{ randomCrop: { size: 20 } }, { solarize: { p: 1 } }, { patches: { size: 7 } }],
      "views: views.1.steps.2.patches takes a view of 21 pixels or more; got 20 x 20; raise views.1.steps.0.randomCrop.size, or lower views.1.steps.2.patches.size",
    ],
    [
      "by nothing where it fits",
      [{ randomCrop: { size: 34, padding: 1 } }, { patches: { size: 11 } }],
      undefined,
    ],
    ["by nothing where it takes any", [{ randomCrop: {} }, { rotate: { degrees: 2 } }], undefined],
  ];
  test.each(cases)("%s", (_, steps, message) => {
    if (message) expect(() => check({ steps })).toThrow(new RangeError(message));
    else check({ steps });
  });

  test("by the shorter side", () => {
    expect(() => check({ steps: [{ patches: { size: 8 } }] }, { height: 40, width: 23 })).toThrow(
      "takes a view of 24 pixels or more; got 40 x 23",
    );
  });
});

test("a run takes all of them, on views that a crop makes smaller", async () => {
  const backend = await backends["as, no threads"]();
  const steps = [
    { rotate: { degrees: 2 } },
    { randomCrop: { size: 7, padding: 1 } },
    { gaussianBlur: { p: 0.5, sigma: [0.1, 2] } },
    { solarize: { p: 0.5 } },
  ];
  const training = await openTraining(tiny({ "views.0.steps": steps }), noise(), backend);
  const state = await stateAt(training, 2);
  const metrics = await training.drain();
  training.free();
  await backend.close();
  expect(metrics.every(({ loss }) => Number.isFinite(loss))).toBe(true);
  expect([...state.values()].every(({ data }) => data.every(Number.isFinite))).toBe(true);
});
