import { expect, test } from "vitest";
import { cos, exp, log, sin } from "../../core/math.ts";
import { stream } from "../../core/random.ts";

const u = stream(1, "math.test");
const many = (low: number, high: number) =>
  Array.from({ length: 20_000 }, () => low + (high - low) * u.uniform());
const relative = (a: number, b: number) => (a === b ? 0 : Math.abs(a - b) / Math.abs(b));
const worst = (xs: number[], f: (x: number) => number, g: (x: number) => number) =>
  xs.reduce((most, x) => Math.max(most, relative(f(x), g(x))), 0);

// Both sides are within one unit in the last place (2.2e-16), so 1e-15 leaves room for Math's own error.
test("exp equals Math.exp over its whole range and near zero", () => {
  expect(worst([...many(-708, 709), ...many(-1, 1), 0, 1, -1], exp, Math.exp)).toBeLessThan(1e-15);
});

test("exp overflows, underflows and passes NaN on as Math.exp does", () => {
  for (const x of [709.7, 709.79, 800, Infinity, -Infinity, -744, -745.2, -800, Number.NaN])
    expect(Math.abs(exp(x) - Math.exp(x)) > 0 ? relative(exp(x), Math.exp(x)) : 0).toBeLessThan(1e-3);
  expect(exp(Infinity)).toBe(Infinity);
  expect(exp(-Infinity)).toBe(0);
  expect(exp(Number.NaN)).toBeNaN();
  expect(exp(0)).toBe(1);
});

test("log equals Math.log over its whole range and near one", () => {
  const wide = many(-1000, 1000).map((p) => 2 ** p);
  expect(
    worst([...wide, ...many(0, 4).filter((x) => x > 0), ...many(0.999, 1.001)], log, Math.log),
  ).toBeLessThan(1e-15);
  expect(worst([Number.MIN_VALUE, Number.MAX_VALUE, 2, 0.5, 10], log, Math.log)).toBeLessThan(1e-15);
});

test("log has Math.log's values outside of its range", () => {
  for (const x of [0, 1, -1, Infinity, -Infinity, Number.NaN]) expect(log(x)).toEqual(Math.log(x));
});

test("cos equals Math.cos, relative to the value near its zeros too", () => {
  const zeros = Array.from({ length: 2000 }, (_, i) => (i - 1000.5) * Math.PI);
  expect(worst([...many(-7, 7), ...many(-1e6, 1e6), ...zeros], cos, Math.cos)).toBeLessThan(1e-14);
  expect([cos(0), cos(Math.PI)]).toEqual([1, -1]);
});

test("sin equals Math.sin, relative to the value near its zeros too", () => {
  const zeros = Array.from({ length: 2000 }, (_, i) => (i - 1000) * Math.PI);
  expect(worst([...many(-7, 7), ...many(-1e6, 1e6), ...zeros], sin, Math.sin)).toBeLessThan(1e-14);
  expect([sin(0), sin(Math.PI / 2), sin(-Math.PI / 2)]).toEqual([0, 1, -1]);
});

test("cos and sin refuse angles that their reduction cannot hold", () => {
  expect(() => sin(-1e7)).toThrow("sin: x must lie within [-1e6, 1e6]; got -10000000");
  expect(() => cos(1e7)).toThrow("cos: x must lie within [-1e6, 1e6]; got 10000000");
});

test("the bits of exp, log, cos and sin are these on every machine", () => {
  // Made by this module; they guard against an engine that contracts a * b + c or reorders a sum.
  const bits = new Float64Array([
    exp(0.7),
    exp(-33.3),
    log(0.3),
    log(12345.678),
    cos(1),
    cos(2.5),
    cos(100.25),
    sin(1),
    sin(-100.25),
  ]);
  expect(Buffer.from(bits.buffer).toString("hex")).toBe(
    "878926612a1c0040949db5b95b16ef3c21a7bdfc7843f3bf311e795995d722408c06b50f284ae13f7d8b85eff7a2e9bfecb0a62bc7beee3fee0c098f54edea3f5cc30d9800bfd13f",
  );
});
