/** What a run holds does not grow, and what it computes does not depend on the device. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { Backend } from "../../../core/backend.ts";
import type { RunConfig } from "../../../core/train/config.ts";
import { openTraining } from "../../../core/train/training.ts";
import { createBackend } from "../../../core-as/index.ts";
import { backends } from "../../backends.ts";
import { noise, stateAt, tiny } from "./runs.ts";

test("after the first steps no memory is taken, neither of the backend nor by it", async () => {
  const module = new WebAssembly.Module(readFileSync("core-as/build/relaxed.wasm"));
  const memory = new WebAssembly.Memory({ initial: 2 });
  const backend = createBackend({ module, level: "relaxed", memory });
  const training = await openTraining(tiny({ epochs: 30 }), noise(), backend);
  const held = () => ({ ...backend.usage(), wasm: memory.buffer.byteLength, plan: training.memory });
  await stateAt(training, 2);
  await training.drain();
  const before = structuredClone(held());
  await stateAt(training, 60);
  await training.drain();
  expect(held()).toEqual(before);
  expect(before.bytes).toBeGreaterThan(before.plan.gradient.bytes + before.plan.update.bytes);
  training.free();
  expect(backend.usage()).toEqual({ bytes: 0, storages: 0 });
});

/** Losses of the first five steps; checks that the last four take no memory. */
async function losses(backend: Backend, config: RunConfig): Promise<number[]> {
  const training = await openTraining(config, noise(), backend);
  await training.next();
  const held = backend.usage();
  await stateAt(training, 5);
  const rows = await training.drain();
  expect(backend.usage()).toEqual(held);
  training.free();
  return rows.map(({ loss }) => loss);
}

test("as and wgsl agree in the losses of the first five steps", async () => {
  const [as, wgsl] = [await backends["as, no threads"](), await backends.wgsl()];
  // A ReLU whose input is nearly 0 may fall out differently; that shifts the gradient by 1e-3, and each step multiplies
  // the difference by ten. At this size and rate it is rare: between the two SIMD levels of `as`, seeds 0 to 9 then
  // differ by 1e-6 at most.
  const settings = { "encoder.width": 4, batchSize: 32, "optimizer.rate": 0.02 };
  const [ours, theirs] = [await losses(as, tiny(settings)), await losses(wgsl, tiny(settings))];
  const unmoved = await losses(as, tiny({ ...settings, "optimizer.rate": 0 }));
  await Promise.all([as.close(), wgsl.close()]);
  const apart = (a: number[], b: number[]) => Math.max(...a.map((loss, i) => Math.abs(loss / b[i] - 1)));
  expect(apart(ours, theirs)).toBeLessThan(1e-3);
  expect(apart(ours, unmoved), "what the updates do to the loss").toBeGreaterThan(1e-2);
});
