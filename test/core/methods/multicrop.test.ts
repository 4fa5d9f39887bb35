/** Views of several sizes, each made in its own way. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import type { Backend } from "../../../core/backend.ts";
import { method } from "../../../core/methods/index.ts";
import { add, l2Normalize, mul, sum } from "../../../core/ops/index.ts";
import { resolveConfig } from "../../../core/train/config.ts";
import { openTraining } from "../../../core/train/training.ts";
import { backends } from "../../backends.ts";
import { noise, stateAt, tiny } from "../train/runs.ts";

let backend: Backend;
beforeAll(async () => {
  backend = await backends["as, 2 threads"]();
});
afterAll(() => backend.close());

const seen: string[] = [];

/** Two large views and two small ones: as SwAV has them, in little. */
const multicrop = method({
  name: "multicrop",
  config: z.strictObject({}),
  views: 4,
  sharding: "separable",
  build: (makeEncoder) => ({ encoder: makeEncoder() }),
  step({ encoder }, views, _config, mode) {
    seen.splice(0, Infinity, ...views.map(({ shape }) => shape.join("x")));
    const [z1, ...others] = views.map((x) => l2Normalize(encoder(x, mode)));
    const agreements = others.map((z) => sum(mul(z, z1)));
    return { loss: agreements.reduce((total, each) => add(total, each)) };
  },
});

const { views: _, ...recipe } = tiny({ batchSize: 8, epochs: 1 });
const large = { repeat: 2, size: 12, crop: { scale: [0.5, 1] }, flip: 0.5 };
const small = { repeat: 2, size: 6, crop: { scale: [0.1, 0.5] }, steps: [{ solarize: { p: 0.5 } }] };

test("a method gets its views in the order of the list, in their sizes, and learns from all", async () => {
  const own = { method: { name: "multicrop" }, views: [large, small] };
  const config = resolveConfig(recipe, own, multicrop);
  const training = await openTraining(config, noise(32, 16), backend, { method: multicrop });
  await stateAt(training, 4);
  expect(seen).toEqual(["8x12x12x3", "8x12x12x3", "8x6x6x3", "8x6x6x3"]);
  const losses = (await training.drain()).map(({ loss }) => loss);
  training.free();
  expect(new Set(losses).size).toBe(4);
  expect(losses.every((loss) => Math.abs(loss) <= 3 * 8)).toBe(true); // sums of eight cosines
});

test("a recipe whose views are not as many as the method's is refused", async () => {
  const own = { method: { name: "multicrop" }, views: [large] };
  const config = resolveConfig(recipe, own, multicrop);
  await expect(openTraining(config, noise(32, 16), backend, { method: multicrop })).rejects.toThrow(
    "views: the method takes 4; the recipe makes 2",
  );
});
