/** What is possible but unwise about a run is told before it starts. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Backend } from "../../../core/backend.ts";
import { openTraining } from "../../../core/train/training.ts";
import { backends } from "../../backends.ts";
import { lit, methodNames, tinyOf } from "./runs.ts";

let backend: Backend;
beforeAll(async () => {
  backend = await backends["as, no threads"]();
});
afterAll(() => backend.close());

/** Of a run on 80 images. */
async function warningsOf(method: string, settings: Record<string, unknown>): Promise<readonly string[]> {
  const training = await openTraining(await tinyOf(method, settings), lit(80), backend);
  training.free();
  return training.warnings;
}

test.each([
  ["simclr", { batchSize: 8 }, "norm: batch statistics of 8 images are rough; 16 or more learn better"],
  ["byol", { "norm.group": 4 }, "norm: batch statistics of 4 images are rough"],
  [
    "mocov1",
    { "method.queue": 41, "norm.group": 16 },
    "mocov1: 41 keys of 80 images: many are of the query's own image",
  ],
  ["mocov2", { "method.queue": 64, "norm.group": 16 }, "mocov2: 64 keys of 80 images"],
  ["npid", { "method.negatives": 81 }, "npid: 81 negatives of a bank of 80: rows are drawn again and again"],
  ["deepcluster", { "method.clusters": 1 }, "deepcluster: 1 cluster: there is nothing to tell apart"],
])("%s with %o", async (method, settings, warning) => {
  const warnings = await warningsOf(method, settings);
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toContain(warning);
});

test.each(methodNames)("%s has none where there are enough images", async (method) => {
  const queue = method.startsWith("moco") ? { "method.queue": 40, "norm.group": 16, batchSize: 16 } : {};
  expect(await warningsOf(method, queue)).toEqual([]);
});

test("one image has no negatives", async () => {
  await expect(warningsOf("simclr", { batchSize: 1 })).rejects.toThrow(
    "simclr: a batch of 1 image has no negatives; set --batch-size to 2 or more",
  );
});
