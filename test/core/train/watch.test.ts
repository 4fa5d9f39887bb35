/** When a run looks at its embeddings, and at which. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Backend } from "../../../core/backend.ts";
import { progressOf } from "../../../core/eval/embeddings.ts";
import { createBatches } from "../../../core/train/batches.ts";
import type { RunConfig } from "../../../core/train/config.ts";
import { type Metrics, openTraining } from "../../../core/train/training.ts";
import { backends } from "../../backends.ts";
import { tinyOf } from "../methods/runs.ts";
import { colors } from "./methods.ts";
import { noise, stateAt, tiny } from "./runs.ts";

let backend: Backend;
beforeAll(async () => {
  backend = await backends["as, no threads"]();
});
afterAll(() => backend.close());

/** Views that show all of an image, unchanged. */
const still = {
  views: [{}],
};
const configOf = (settings: Record<string, unknown>): RunConfig => ({
  ...tiny({ ...still, ...settings }),
  method: { name: "colors" },
});
const images = noise(32 * 3);

async function metricsOf(config: RunConfig, step: number, on = backend): Promise<Metrics[]> {
  const training = await openTraining(config, images, on, { method: colors });
  const rows: Metrics[] = [];
  while (training.step < step) {
    await stateAt(training, Math.min(step, training.step + 50));
    rows.push(...(await training.drain()));
  }
  training.free();
  return rows;
}

test("lines of every hundredth step and of each epoch's last tell how embeddings spread, and no others", async () => {
  const rows = await metricsOf(configOf({ epochs: 70 }), 205);
  const told = rows.filter((row) => "std" in row).map(({ step }) => step);
  const expected = rows.map(({ step }) => step).filter((step) => step % 3 === 2 || step % 100 === 99);
  expect(told).toEqual(expected);
  expect(told).toContain(199); // inside of an epoch
  expect(Object.keys(rows[2])).toEqual(["step", "epoch", "loss", "rate", "std", "rank", "uniformity"]);
});

test.each([1, 4])("they are the embeddings of the step's last shard, of %i", async (shards) => {
  const config = configOf({ shards, "norm.group": 8 });
  const row = (await metricsOf(config, 3)).at(-1)!;
  const batch = await createBatches(config, images, 1).at(2);
  const shown = [...batch.index].slice(-32 / shards);
  const { mean, std } = config.normalize;
  const values = shown.flatMap((n) =>
    [0, 1, 2].map((c) => {
      const own = images.pixels.subarray(n * 192, (n + 1) * 192).filter((_, i) => i % 3 === c);
      return (own.reduce((sum, value) => sum + value / 255, 0) / 64 - mean[c]) / std[c];
    }),
  );
  const expected = progressOf([{ values, count: shown.length, dimension: 3 }]);
  for (const [name, value] of Object.entries(expected))
    expect(Math.abs(row[name] / value - 1), name).toBeLessThan(1e-5); // f32
});

test("nothing is read from the device in between", async () => {
  let reads = 0;
  const counting: Backend = {
    ...backend,
    read: (...args) => {
      reads++;
      return backend.read(...args);
    },
  };
  const training = await openTraining(configOf({}), images, counting, { method: colors });
  const per = [];
  for (let step = 0; step < 6; step++) {
    reads = 0;
    await training.next();
    per.push(reads);
  }
  training.free();
  expect(per).toEqual([0, 0, 1, 0, 0, 1]);
});

test.each([
  ["simclr", 2],
  ["mocov2", 2],
  ["rotation", 1],
  ["npid", 1],
  ["odc", 1],
  ["deepcluster", 1],
])("%s gives its embeddings, of %i views", async (name, views) => {
  const config = await tinyOf(name);
  const training = await openTraining(config, noise(), backend);
  await stateAt(training, training.perEpoch);
  const { std, rank, alignment, uniformity } = (await training.drain()).at(-1)!;
  expect(std).toBeGreaterThan(0.1 / Math.sqrt(training.collapse!.dimension));
  expect(rank).toBeGreaterThan(1);
  expect(uniformity).toBeLessThan(0);
  if (views === 2) expect(alignment).toBeGreaterThan(0);
  else expect(alignment).toBeUndefined();
  training.free();
});
