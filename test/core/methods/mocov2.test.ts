/** MoCo's own: how the target follows, what the queue holds, in which order keys are computed. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Backend } from "../../../core/backend.ts";
import type { Moment } from "../../../core/methods/index.ts";
import { shuffled, shuffles } from "../../../core/methods/shuffled.ts";
import { mul } from "../../../core/ops/index.ts";
import { input, state } from "../../../core/tensor.ts";
import { backends } from "../../backends.ts";
import { distance } from "../../numbers.ts";
import { holds, run } from "../run.ts";
import type { State } from "../train/runs.ts";
import { runTo, tinyOf } from "./runs.ts";

let backend: Backend;
beforeAll(async () => {
  backend = await backends["as, no threads"]();
});
afterAll(() => backend.close());

const TARGET = "target.";
const isStatistic = (name: string) => name.includes("running_");
const targets = (state: State) =>
  [...state.keys()].filter((name) => name.startsWith(TARGET) && !isStatistic(name));
const values = (state: State, name: string) => Float64Array.from(state.get(name)!.data);

/** States after the given numbers of steps. */
async function states(steps: number[], settings: Record<string, unknown> = {}): Promise<State[]> {
  const config = await tinyOf("mocov2", settings);
  const found: State[] = [];
  for (const step of steps) found.push((await runTo(backend, config, step)).state);
  return found;
}

describe("the target", () => {
  test("starts as the online networks, to the bit", async () => {
    const [start] = await states([0]);
    expect(targets(start).length).toBe(60 + 4); // a ResNet-18 and two linear layers
    for (const name of targets(start))
      expect(values(start, name)).toEqual(values(start, name.slice(TARGET.length)));
  });

  test("moves by the moving average of parameters as the update leaves them, and by nothing else", async () => {
    const m = 0.9;
    const [before, after] = await states([2, 3], { "method.momentum": m });
    for (const name of targets(after)) {
      const online = values(after, name.slice(TARGET.length));
      const expected = values(before, name).map((x, i) => m * x + (1 - m) * online[i]);
      expect(distance(values(after, name), expected), name).toBeLessThan(1e-6); // f32
    }
  });

  test("stays where it began at momentum 1, and is the online network at 0", async () => {
    const [start, kept] = [...(await states([0])), ...(await states([3], { "method.momentum": 1 }))];
    const [same] = await states([3], { "method.momentum": 0 });
    for (const name of targets(start)) {
      expect(values(kept, name), name).toEqual(values(start, name));
      expect(values(same, name), name).toEqual(values(same, name.slice(TARGET.length)));
    }
  });
});

describe("the queue", () => {
  const D = 128;
  const row = (queue: Float64Array, k: number) => queue.slice(k * D, (k + 1) * D);
  const moved = (before: Float64Array, after: Float64Array) =>
    Array.from({ length: before.length / D }, (_, k) => k).filter(
      (k) => distance(row(after, k), row(before, k)) > 0,
    );
  const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

  test.each([
    ["one-way", false, 1, 32],
    ["symmetric", true, 1, 64],
    ["one-way, in four shards", false, 4, 32],
    ["symmetric, in two shards", true, 2, 64],
  ])(
    "takes each batch's keys once and in turn, all of unit length: %s",
    async (_, symmetric, shards, pushed) => {
      const settings = { "method.symmetric": symmetric, "method.queue": 80, shards, "norm.group": 8 };
      const [start, one, two, three] = (await states([0, 1, 2, 3], settings)).map((s) => values(s, "queue"));
      const ring = (step: number) =>
        range(step * pushed, (step + 1) * pushed)
          .map((at) => at % 80)
          .sort((a, b) => a - b);
      expect(moved(start, one)).toEqual(ring(0));
      expect(moved(one, two)).toEqual(ring(1));
      expect(moved(two, three)).toEqual(ring(2));
      for (const k of range(0, 80)) expect(Math.hypot(...row(three, k))).toBeCloseTo(1, 5);
    },
  );

  test("that cannot hold a batch's keys is refused", async () => {
    await expect(states([0], { "method.queue": 63 })).rejects.toThrow(
      "queue: a step adds 64 keys to a queue of 63; lower --batch-size, or take --set method.queue=64",
    );
  });
});

describe("shuffled keys", () => {
  const at = (moment: Partial<Moment>): Moment => ({
    ...{ seed: 1, step: 0, steps: 9, perEpoch: 3, shard: 0, shards: 1 },
    ...moment,
  });
  const N = 16;
  const { order, inverse } = shuffles(N);
  const drawn = (each: typeof order, moment: Moment) => {
    const values = new Uint32Array(N);
    each.write(values, moment);
    return values;
  };

  test("are computed in a permuted order, another for each step, shard and seed", () => {
    const moments = [at({}), at({ step: 1 }), at({ shard: 1 }), at({ seed: 2 })];
    const orders = moments.map((moment) => drawn(order, moment));
    for (const [i, each] of orders.entries()) {
      expect([...each].sort((a, b) => a - b)).toEqual(Array.from({ length: N }, (_, n) => n));
      const back = drawn(inverse, moments[i]);
      expect([...each].map((n) => back[n])).toEqual(Array.from({ length: N }, (_, n) => n));
    }
    expect(new Set(orders.map((each) => each.join())).size).toBe(4);
    expect(drawn(order, at({}))).toEqual(orders[0]); // whatever was drawn in between
  });

  test("see each row at each place equally often", () => {
    const counts = new Float64Array(N * N);
    const draws = 4000;
    for (let step = 0; step < draws; step++)
      for (const [n, from] of drawn(order, at({ step })).entries()) counts[n * N + from]++;
    const expected = draws / N;
    const chi2 = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    expect(chi2).toBeLessThan(320); // (N - 1)^2 = 225 degrees of freedom: 320 is four and a half deviations out
  });

  test("are put back in their rows", async () => {
    const x = input([4]);
    const [by, back] = [input([4], "u32"), input([4], "u32")];
    const places = input([4]);
    const y = shuffled(x, { order: by, inverse: back }, (rows) => mul(rows, places));
    const target = state([4]);
    const { results } = await run(
      backend,
      [[{ target, value: y }]],
      [
        ...[holds(x, 1, 2, 3, 4), holds(places, 1, 10, 100, 1000)],
        [by, Uint32Array.of(2, 0, 3, 1)],
        [back, Uint32Array.of(1, 3, 0, 2)],
      ],
      [target],
    );
    expect(results).toEqual(["10 2000 3 400"]); // row 0 was second, row 1 last, row 2 first, row 3 third
  });
});
