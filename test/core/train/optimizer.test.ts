/** Optimizers and schedules as a config asks for them: what is accepted, what it means, what a run does with it. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Backend } from "../../../core/backend.ts";
import { ratesOf } from "../../../core/train/optimizer.ts";
import { openTraining } from "../../../core/train/training.ts";
import { backends } from "../../backends.ts";
import { distance } from "../../numbers.ts";
import { bitsOf, noise, type State, stateAt, tiny } from "./runs.ts";

const lars = { name: "lars", rate: 1, per: 32, decay: 1e-6 };
const adamw = { name: "adamw", rate: 1e-3, per: 32 };
const biasAndNorm = { rank: 1, decay: 0, exclude: true };

describe("the schedule of a run", () => {
  const rates = (schedule: unknown, perEpoch = 10) => {
    const config = tiny({ schedule, batchSize: 64, epochs: 4, "optimizer.rate": 1, "optimizer.per": 32 });
    return Array.from({ length: 4 * perEpoch }, (_, step) => ratesOf(config, perEpoch)(step));
  };

  test("starts from a rate that is linear in the batch", () => {
    expect(rates("cosine")[0]).toBe(2);
    expect(rates({ name: "cosine" })).toEqual(rates("cosine"));
  });

  test("counts warm-up in epochs or in steps", () => {
    const epoch = rates({ name: "cosine", warmup: { epochs: 1 } });
    expect(epoch.slice(0, 11)).toEqual(
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((n) => expect.closeTo(n / 5, 14)),
    );
    expect(rates({ name: "cosine", warmup: { steps: 10 } })).toEqual(epoch);
    expect(rates({ name: "cosine", warmup: { steps: 10, start: 0.5 } })[0]).toBe(1);
  });

  test("counts milestones in epochs from the run's start, with warm-up or without", () => {
    for (const warmup of [undefined, { epochs: 0.5 }]) {
      const all = rates({ name: "step", milestones: [1.5, 3], gamma: 0.5, warmup });
      expect([5, 14, 15, 29, 30, 39].map((step) => all[step])).toEqual([2, 2, 1, 1, 0.5, 0.5]);
    }
  });
});

describe("refused, with its path, is", () => {
  test.each<[string, Record<string, unknown>, RegExp]>([
    [
      "another schedule",
      { schedule: "cosin" },
      /config: schedule: got "cosin"; did you mean cosine\? allowed: cosine or an object whose name is/,
    ],
    [
      "another shape",
      { schedule: { name: "poly" } },
      /config: schedule\.name: got "poly"; allowed: cosine or step$/,
    ],
    [
      "milestones of the cosine",
      { schedule: { name: "cosine", milestones: [3] } },
      /schedule\.milestones: there is no such key/,
    ],
    [
      "warm-up in two units",
      { schedule: { name: "cosine", warmup: { epochs: 1, steps: 9 } } },
      /warmup: takes/,
    ],
    ["warm-up in none", { schedule: { name: "cosine", warmup: {} } }, /warmup: takes epochs or steps/],
    ["another optimizer's key", { "optimizer.beta1": 0.8 }, /config: optimizer\.beta1: there is no such key/],
    [
      "LARS's exclusion for SGD",
      { "optimizer.parameters": [biasAndNorm] },
      /optimizer\.parameters\.0\.exclude: there is no such key/,
    ],
    ["a rule for nobody", { "optimizer.parameters": [{ decay: 0 }] }, /parameters\.0: needs match or rank/],
    [
      "what is no pattern",
      { "optimizer.parameters": [{ match: "(" }] },
      /parameters\.0\.match: must be a regular/,
    ],
    [
      "two rates",
      { "optimizer.parameters": [{ rank: 1, rate: 1, rateMult: 1 }] },
      /parameters\.0: takes rate or rateMult/,
    ],
  ])("%s", (_, settings, message) => {
    expect(() => tiny(settings)).toThrow(message);
  });
});

describe("a run", () => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await backends["as, 2 threads"]();
  });
  afterAll(() => backend.close());

  async function stateOf(settings: Record<string, unknown>, step: number, from?: [number, State]) {
    const checkpoint = from && { step: from[0], tensors: from[1], metadata: {} };
    const training = await openTraining(tiny(settings), noise(), backend, { from: checkpoint });
    const state = await stateAt(training, step);
    training.free();
    return state;
  }

  test("with a rule that selects no parameter is refused", async () => {
    const settings = { "optimizer.parameters": [{ match: "norm\\d", decay: 0 }] };
    await expect(stateOf(settings, 1)).rejects.toThrow(
      /optimizer: parameters\.0: \/norm\\d\/ selects no parameter; there is encoder\.conv1\.weight, /,
    );
  });

  const settings: [string, Record<string, unknown>][] = [
    ["lars", { optimizer: { ...lars, parameters: [biasAndNorm], clip: 1 } }],
    ["adamw", { optimizer: { ...adamw, parameters: [{ rank: 1, decay: 0 }] } }],
  ];
  test.each(settings)("by %s has the same bits where it was stopped and went on", async (_, given) => {
    const stopped = await stateOf(given, 2);
    const resumed = await stateOf(given, 4, [2, stopped]);
    expect(bitsOf(resumed)).toEqual(bitsOf(await stateOf(given, 4)));
  });

  test("moves only what a rule leaves a rate", async () => {
    const frozen = { "optimizer.parameters": [{ match: "^encoder\\.", rateMult: 0, decay: 0 }] };
    const [before, after] = [await stateOf(frozen, 0), await stateOf(frozen, 2)];
    for (const [name, { data }] of before) {
      if (name.startsWith("optimizer.") || name.includes("running_")) continue;
      const moved = distance(after.get(name)!.data, data);
      if (name.startsWith("encoder.")) expect(moved, name).toBe(0);
      else expect(moved, name).toBeGreaterThan(0);
    }
  });

  test("clips the gradients of all parameters together", async () => {
    const settings = { "optimizer.momentum": 0, "optimizer.decay": 0 };
    const gradient = (state: State) =>
      [...state].flatMap(([name, { data }]) => (name.startsWith("optimizer.") ? [...data] : []));
    const whole = gradient(await stateOf(settings, 1));
    const norm = Math.hypot(...whole);
    const short = gradient(await stateOf({ ...settings, "optimizer.clip": norm / 4 }, 1));
    expect(
      distance(
        short,
        whole.map((g) => g / 4),
      ),
    ).toBeLessThan(1e-6);
    const untouched = gradient(await stateOf({ ...settings, "optimizer.clip": 2 * norm }, 1));
    expect(untouched).toEqual(whole);
  });
});
