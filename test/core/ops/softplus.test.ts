/** Softplus against float64, each number by itself: a distance over all would hide those that are small. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { gradients } from "../../../core/autograd.ts";
import type { Backend } from "../../../core/backend.ts";
import { softplus, sum } from "../../../core/ops/index.ts";
import { input, state } from "../../../core/tensor.ts";
import { backends } from "../../backends.ts";
import { run } from "../run.ts";

/** The distance of f32 numbers at a value. */
const ulp = (value: number) => 2 ** (Math.max(Math.floor(Math.log2(value)), -126) - 23);

/** How far e^x = y may be off: WGSL allows 3 + 2|x| units in the last place, and 0 for what is denormal. */
const expOff = {
  as: (_: number, y: number) => ulp(y),
  wgsl: (x: number, y: number) => (3 + 2 * Math.abs(x)) * ulp(y) + 2 ** -126,
};

/** How far y = softplus(x) may be off, with t = e^-|x|: WGSL allows 2.5 units for a division. */
const softplusOff = {
  as: (_x: number, _t: number, y: number) => 1.5 * ulp(y),
  wgsl: (x: number, t: number, y: number) => expOff.wgsl(x, t) + 4 * ulp(y),
};

/** From -100 to 100, and ever closer to 0. */
const xs = Float32Array.from([
  ...Array.from({ length: 20_001 }, (_, i) => (i - 10_000) / 100),
  ...Array.from({ length: 40 }, (_, i) => [10 ** -i, -(10 ** -i)]).flat(),
]);

for (const [name, open] of Object.entries(backends))
  describe(`softplus on ${name}`, () => {
    const kind = name === "wgsl" ? "wgsl" : "as";
    let backend: Backend;
    beforeAll(async () => {
      backend = await open();
    });
    afterAll(() => backend?.close());

    async function evaluate(values: Float32Array): Promise<number[][]> {
      const x = input([values.length]);
      const y = softplus(x);
      const wanted = [y, gradients(sum(y), [x])[0]];
      const targets = wanted.map(({ shape }) => state(shape));
      const assignments = targets.map((target, i) => ({ target, value: wanted[i] }));
      const { results } = await run(backend, [assignments], [[x, values]], targets);
      return results.map((text) => text.split(" ").map(Number));
    }

    test("is exact to a few units in the last place, however small", async () => {
      const [found] = await evaluate(xs);
      for (const [i, x] of xs.entries()) {
        const t = Math.exp(-Math.abs(x));
        const expected = Math.max(x, 0) + Math.log1p(t);
        if (!(Math.abs(found[i] - expected) <= softplusOff[kind](x, t, expected)))
          expect.fail(`softplus(${x}) is ${expected}; got ${found[i]}`);
      }
    });

    test("has the slope e^x / (1 + e^x), however small", async () => {
      const [, found] = await evaluate(xs);
      for (const [i, x] of xs.entries()) {
        const expected = 1 / (1 + Math.exp(-x));
        const rounded = (2 + Math.abs(x)) * ulp(expected); // softplus(x) and x - softplus(x), in an exponent
        if (!(Math.abs(found[i] - expected) <= rounded + expOff[kind](x, expected)))
          expect.fail(`the slope at ${x} is ${expected}; got ${found[i]}`);
      }
    });

    test("is x where e^x overflows, and 0 where it vanishes", async () => {
      const [y, slope] = await evaluate(Float32Array.of(1e4, 3e38, -1e4, -3e38));
      expect(y).toEqual([1e4, 3e38, 0, 0].map(Math.fround));
      expect(slope).toEqual([1, 1, 0, 0]);
    });
  });
