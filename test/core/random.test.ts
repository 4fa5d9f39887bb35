import { expect, test } from "vitest";
import { stream, threefry } from "../../core/random.ts";

const draws = <T>(n: number, draw: () => T) => Array.from({ length: n }, draw);

/** Pearson's statistic over equally likely bins; its mean is bins - 1, its deviation about sqrt(2 bins). */
function chiSquare(values: number[], bins: number): number {
  const counts = new Array(bins).fill(0);
  for (const value of values) counts[value]++;
  const mean = values.length / bins;
  return counts.reduce((sum, count) => sum + (count - mean) ** 2 / mean, 0);
}

// https://github.com/DEShawResearch/random123/blob/main/tests/kat_vectors, the lines "threefry2x32 20"
test.each([
  [0, 0, 0, 0, 0x6b200159, 0x99ba4efe],
  [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0x1cb996fc, 0xbb002be7],
  [0x13198a2e, 0x03707344, 0x243f6a88, 0x85a308d3, 0xc4923a9c, 0x483df7a0],
])("threefry gives Random123's known answer %#", (k0, k1, c0, c1, y0, y1) => {
  const out = new Uint32Array(2);
  threefry(k0, k1, c0, c1, out);
  expect([...out]).toEqual([y0, y1]);
});

test("a stream's numbers are these, on every machine", () => {
  const s = stream(1, "views", 2);
  expect([s.u32(), s.u32(), s.u32(), s.uniform(), s.below(10), s.normal()]).toEqual([
    1368077576, 1179467971, 3191397740, 0.29564768075942993, 5, 0.3287312095212337,
  ]);
});

test("streams of equal paths are equal, of different paths different", () => {
  const first = (...path: (number | string)[]) => stream(7, ...path).u32();
  expect(first("a", 3)).toBe(first("a", 3));
  const paths = [
    [],
    ["a"],
    ["b"],
    [1],
    ["1"],
    ["a", "b"],
    ["ab"],
    ["b", "a"],
    [1, 2],
    [2, 1],
    [12],
    [0],
    [0, 0],
    [2 ** 32],
    [1, 0],
  ];
  expect(new Set(paths.map((path) => first(...path))).size).toBe(paths.length);
});

test("numbers that differ only beyond 32 bits lead to different streams, with any key", () => {
  for (let seed = 0; seed < 200; seed++) {
    const s = stream(seed);
    const words = [0, 2 ** 32, 2 ** 32 - 1, 2 ** 33 - 1, 2 ** 53 - 1, 2 ** 52 - 1].map((n) => s.at(n).u32());
    expect(new Set(words).size).toBe(words.length);
  }
});

test("at(a, b) starts the stream of the longer path, whatever was drawn before", () => {
  const s = stream(3, "x");
  s.normal();
  s.u32();
  expect(draws(5, () => s.at(8, 1).u32())).toEqual(draws(5, () => stream(3, "x", 8, 1).u32()));
  expect(s.at(8).normal()).toBe(stream(3, "x", 8).normal());
});

test("uniform is uniform on [0, 1) and exact in f32", () => {
  const s = stream(1, "uniform");
  const values = draws(100_000, () => s.uniform());
  expect(values.every((x) => x >= 0 && x < 1 && Math.fround(x) === x)).toBe(true);
  expect(
    chiSquare(
      values.map((x) => Math.floor(x * 256)),
      256,
    ),
  ).toBeLessThan(255 + 5 * 23);
});

test("below(n) is uniform on 0 .. n - 1", () => {
  const s = stream(1, "below");
  for (const n of [1, 2, 3, 7, 24, 100])
    expect(
      chiSquare(
        draws(20_000, () => s.below(n)),
        n,
      ),
    ).toBeLessThan(n - 1 + 5 * Math.sqrt(2 * n));
});

test("below(n) has no bias where n does not divide 2^32 by far", () => {
  // A plain remainder by 3 * 2^30 would give the lower third twice the share of the others: 1/2.
  const s = stream(1, "bias");
  const low = draws(20_000, () => s.below(3 * 2 ** 30)).filter((x) => x < 2 ** 30).length / 20_000;
  expect(Math.abs(low - 1 / 3)).toBeLessThan(0.02);
  expect(s.below(2 ** 32)).toBeGreaterThan(0);
});

test("normal has the moments of the normal distribution, and neighbours are uncorrelated", () => {
  const s = stream(1, "normal");
  const z = draws(100_000, () => s.normal());
  const mean = (f: (x: number, i: number) => number) => z.reduce((sum, x, i) => sum + f(x, i), 0) / z.length;
  // Five standard errors each: sqrt of 1, 2, 15, 96 over n.
  expect(Math.abs(mean((x) => x))).toBeLessThan(0.016);
  expect(Math.abs(mean((x) => x * x) - 1)).toBeLessThan(0.023);
  expect(Math.abs(mean((x) => x ** 3))).toBeLessThan(0.062);
  expect(Math.abs(mean((x) => x ** 4) - 3)).toBeLessThan(0.155);
  expect(Math.abs(mean((x, i) => x * (z[i - 1] ?? 0)))).toBeLessThan(0.016);
});

test("seeds, path numbers and ranges that are no integers are refused", () => {
  for (const wrong of [-1, 0.5, Number.NaN, 2 ** 53]) {
    expect(() => stream(wrong)).toThrow(
      `random: seeds and numbers of a path are integers from 0 to 2^53 - 1; got ${wrong}`,
    );
    expect(() => stream(1, wrong)).toThrow("random: seeds");
    expect(() => stream(1).at(wrong)).toThrow("random: seeds");
    expect(() => stream(1).below(wrong)).toThrow("random: below(n) takes an integer from 1 to 2^32");
  }
});
