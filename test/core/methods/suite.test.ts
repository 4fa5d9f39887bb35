/** What holds for every method: it learns, moves what it may and nothing else, and gives the same bits again. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Backend } from "../../../core/backend.ts";
import { methodOf } from "../../../core/train/config.ts";
import { backends } from "../../backends.ts";
import { distance } from "../../numbers.ts";
import { bitsOf, noise, type State } from "../train/runs.ts";
import { lit, methodNames, runTo, tinyOf } from "./runs.ts";

let backend: Backend;
beforeAll(async () => {
  backend = await backends["as, no threads"]();
});
afterAll(() => backend.close());

/** State that no gradient reaches, by method: what moves by other means than the optimizer. */
const unlearned: Record<string, RegExp> = {
  byol: /running_|^target\./,
  mocov1: /running_|^target\.|^queue$/,
  mocov2: /running_|^target\.|^queue$/,
  "relative-location": /running_/,
  rotation: /running_/,
  simclr: /running_/,
};

/** Settings with which 60 steps suffice to see that a method learns. */
const easy = {
  ...{ "encoder.width": 8, epochs: 30, "optimizer.rate": 0.06 },
  ...{ "views.0.steps": [], "views.0.crop.scale": [0.5, 1] },
};
const quick: Record<string, Record<string, unknown>> = {
  byol: { "method.momentum": 0.9 },
  mocov1: {
    ...{ "method.temperature": 0.2, "method.momentum": 0.9 },
    ...{ "optimizer.rate": 0.2, "norm.group": 16 },
  },
  mocov2: {
    ...{ "method.temperature": 0.2, "method.momentum": 0.9 },
    ...{ "optimizer.rate": 0.2, "norm.group": 16 },
  },
  "relative-location": {
    "optimizer.rate": 1,
    "views.0.steps": [{ patches: { size: 6 } }],
    "views.0.crop": undefined,
  },
  simclr: { "method.temperature": 0.2 },
};

/** What it takes, beside images that are all one, for a method to have the loss of a collapse. */
const one: Record<string, Record<string, unknown> & { steps?: number }> = {
  byol: { steps: 40, epochs: 20, "optimizer.rate": 0.5 }, // the one embedding must first be predicted
  mocov1: { "method.queue": 32 }, // filled by the first step
  "relative-location": { "method.dropout": 0 }, // which takes from pair to pair other numbers away
};

const isSlot = (name: string) => name.startsWith("optimizer.");
const momentumOf = (name: string) => `optimizer.momentum.${name}`;
const ofModel = (state: State) => [...state.keys()].filter((name) => !isSlot(name));

test("the suite knows every method", () => {
  expect(Object.keys(unlearned).sort()).toEqual(methodNames.toSorted());
});

describe.each(methodNames)("%s", (name) => {
  test("learns images that are easy to tell apart", async () => {
    const config = await tinyOf(name, { ...easy, ...quick[name] });
    const { metrics } = await runTo(backend, config, 60, { images: lit(64) });
    const losses = metrics.map(({ loss }) => loss);
    const mean = (from: number, to: number) =>
      losses.slice(from, to).reduce((sum, loss) => sum + loss, 0) / (to - from);
    expect(losses.every(Number.isFinite)).toBe(true);
    // Without the first: a queue that was never filled is easy.
    expect(mean(55, 60), `at first ${mean(1, 6)}`).toBeLessThan(0.8 * mean(1, 6));
  });

  test("moves every tensor of its state, by gradients all but what it says", async () => {
    const config = await tinyOf(name);
    const [{ state: before }, { state: after }] = [
      await runTo(backend, config, 0),
      await runTo(backend, config, 1),
    ];
    const [bitsBefore, bitsAfter] = [bitsOf(before), bitsOf(after)];
    for (const tensor of ofModel(after)) {
      expect(bitsAfter[tensor], tensor).not.toBe(bitsBefore[tensor]);
      expect(after.has(momentumOf(tensor)), tensor).toBe(!unlearned[name].test(tensor));
    }
  });

  test("at rate 0 leaves all that gradients reach as it was, to the bit", async () => {
    const config = await tinyOf(name, { "optimizer.rate": 0 });
    const [{ state: before }, { state: after }] = [
      await runTo(backend, config, 0),
      await runTo(backend, config, 3),
    ];
    const [bitsBefore, bitsAfter] = [bitsOf(before), bitsOf(after)];
    for (const tensor of ofModel(after))
      if (!unlearned[name].test(tensor)) expect(bitsAfter[tensor], tensor).toBe(bitsBefore[tensor]);
  });

  test("gives the same bits for the same seed, others in every tensor for another", async () => {
    const config = await tinyOf(name);
    const three = bitsOf((await runTo(backend, config, 3)).state);
    expect(bitsOf((await runTo(backend, config, 3)).state)).toEqual(three);
    const other = bitsOf((await runTo(backend, await tinyOf(name, { seed: 7 }), 3)).state);
    expect(Object.keys(other)).toEqual(Object.keys(three));
    for (const [tensor, bits] of Object.entries(other)) expect(bits, tensor).not.toBe(three[tensor]);
  });

  test("goes on where it was stopped, inside of an epoch, to the bit", async () => {
    const config = await tinyOf(name); // 2 steps an epoch
    const { state: stopped } = await runTo(backend, config, 3);
    const { state: resumed, metrics } = await runTo(backend, config, 6, { from: [3, stopped] });
    const { state: whole, metrics: all } = await runTo(backend, config, 6);
    expect(bitsOf(resumed)).toEqual(bitsOf(whole));
    expect(metrics).toEqual(all.slice(3));
  });

  test("has the loss that it names a collapse where all images are one", async () => {
    const { steps, ...settings } = { steps: 3, ...one[name] };
    const still = { "views.0.flip": 0, "views.0.steps": [], "optimizer.rate": 0, ...settings };
    const config = await tinyOf(name, still);
    const { method, settings: own } = methodOf(config);
    const grey = { ...noise(64), pixels: new Uint8Array(noise(64).pixels.length).fill(100) };
    const { metrics } = await runTo(backend, config, steps, { images: grey });
    const collapsed = method.collapse!(own, config.batchSize);
    // Normalisation leaves biases, one for all: those of a classifier are not quite equal.
    for (const { loss } of metrics.slice(steps - 2))
      expect(Math.abs(loss - collapsed)).toBeLessThan(0.02 * (collapsed || 1));
  });

  // A batch permuted within its shards, as the keys of mocov1 and mocov2 are, is permuted otherwise where there are more of them; and
  // simclr compares all images of a batch.
  if (["byol", "relative-location", "rotation"].includes(name))
    test("learns the same from four shards as from one, where groups are equal", async () => {
      const at = async (shards: number) =>
        runTo(backend, await tinyOf(name, { shards, "norm.group": 8, "optimizer.decay": 0 }), 1);
      const [one, four] = [await at(1), await at(4)];
      expect(Math.abs(four.metrics[0].loss / one.metrics[0].loss - 1)).toBeLessThan(1e-6);
      expect([...four.state.keys()]).toEqual([...one.state.keys()]);
      for (const [tensor, { data }] of one.state)
        expect(distance(four.state.get(tensor)!.data, data), tensor).toBeLessThan(2e-6); // f32
    });
});
