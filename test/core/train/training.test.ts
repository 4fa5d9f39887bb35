/** Whole runs on tiny images: what they learn, which bits they give, how they go on where they were stopped. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Backend } from "../../../core/backend.ts";
import type { RunConfig } from "../../../core/train/config.ts";
import { openTraining } from "../../../core/train/training.ts";
import { openBackend } from "../../../core-as/node.ts";
import { backends } from "../../backends.ts";
import { bitsOf, noise, type State, stateAt, stripes, tiny } from "./runs.ts";

const crews: Record<string, Backend> = {};
beforeAll(async () => {
  for (const threads of [1, 2, 3]) crews[threads] = await openBackend({ threads });
  crews.none = await backends["as, no threads"]();
});
afterAll(() => Promise.all(Object.values(crews).map((backend) => backend.close())));

/** The state of a run after some steps, begun from scratch or from another's state. */
async function stateOf(backend: Backend, config: RunConfig, step: number, from?: [number, State]) {
  const checkpoint = from && { step: from[0], tensors: from[1], metadata: {} };
  const training = await openTraining(config, noise(), backend, { from: checkpoint });
  const state = await stateAt(training, step);
  training.free();
  return state;
}

describe("a run's bits", () => {
  let four: Record<string, string>;
  beforeAll(async () => {
    four = bitsOf(await stateOf(crews[1], tiny(), 4));
  });

  test.each(["1", "2", "3"])("are the same each time it is run, on %s threads too", async (threads) => {
    expect(bitsOf(await stateOf(crews[threads], tiny(), 4))).toEqual(four);
  });

  test("are the same by the kernels without shared memory, at one SIMD level", async () => {
    expect(crews.none.description.simd).toBe(crews[1].description.simd);
    expect(bitsOf(await stateOf(crews.none, tiny(), 4))).toEqual(four);
  });

  test("are others, in every tensor, for another seed", async () => {
    const other = bitsOf(await stateOf(crews[1], tiny({ seed: 7 }), 4));
    expect(Object.keys(other)).toEqual(Object.keys(four));
    for (const [name, bits] of Object.entries(other)) expect(bits, name).not.toBe(four[name]);
  });

  test.each([
    ["1", "2"],
    ["2", "1"],
    ["none", "3"],
  ])("are the same where it was stopped and went on, on %s threads and on %s", async (before, after) => {
    const settings = tiny({ batchSize: 48 }); // 2 steps an epoch: step 3 is inside of the second
    const stopped = await stateOf(crews[before], settings, 3);
    const resumed = await stateOf(crews[after], settings, 6, [3, stopped]);
    expect(bitsOf(resumed)).toEqual(bitsOf(await stateOf(crews[1], settings, 6)));
  });
});

test("a state that was imported is exported again, every bit of it", async () => {
  const state = await stateOf(crews[1], tiny(), 2);
  expect(bitsOf(await stateOf(crews[2], tiny({ seed: 9 }), 2, [2, state]))).toEqual(bitsOf(state));
});

test("the loss falls on images that are easy to tell apart", async () => {
  const easy = { "views.0.steps": [], "views.0.crop.scale": [0.5, 1] };
  const settings = { "encoder.width": 8, "method.temperature": 0.2, epochs: 20, ...easy };
  const training = await openTraining(tiny(settings), stripes(64, 8), crews.none);
  await stateAt(training, 30);
  const losses = (await training.drain()).map(({ loss }) => loss);
  training.free();
  const mean = (from: number, to: number) =>
    losses.slice(from, to).reduce((sum, loss) => sum + loss, 0) / (to - from);
  expect(losses.every(Number.isFinite)).toBe(true);
  expect(mean(25, 30)).toBeLessThan(0.6 * mean(0, 5)); // 3.4 falls to 1.4, among log 63 = 4.1 where all look alike
});

test("metrics name each step once, with its epoch and a rate that falls by a half cosine", async () => {
  const settings = { batchSize: 64, epochs: 3, "optimizer.rate": 0.02, "optimizer.per": 32 };
  const training = await openTraining(tiny(settings), noise(), crews.none);
  await stateAt(training, 2);
  const rows = await training.drain();
  await stateAt(training, training.steps);
  rows.push(...(await training.drain()));
  training.free();
  expect(rows.map(({ step }) => step)).toEqual([0, 1, 2, 3, 4, 5]);
  expect(rows.map(({ epoch }) => epoch)).toEqual([0, 0, 1, 1, 2, 2]);
  for (const { step, rate } of rows)
    expect(rate).toBeCloseTo(0.02 * (1 + Math.cos((Math.PI * step) / 6)), 12);
});

test("a batch larger than the data set is refused, with what to do", async () => {
  const opening = openTraining(tiny({ batchSize: 32 }), noise(31), crews.none);
  const refusal = "pretrain: a batch of 32 images exceeds the data set, which has 31; lower --batch-size";
  await expect(opening).rejects.toThrow(new RangeError(refusal));
});
