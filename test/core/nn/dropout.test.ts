/** What is dropped: how much, and that it depends on the sample alone. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import type { Backend } from "../../../core/backend.ts";
import { method } from "../../../core/methods/index.ts";
import { dropout, inference, resnet18, sequence, trainingMode } from "../../../core/nn/index.ts";
import { concat, mean, mul, slice } from "../../../core/ops/index.ts";
import { sgd } from "../../../core/optim/index.ts";
import { size } from "../../../core/shape.ts";
import { input, reshape, state, type Tensor } from "../../../core/tensor.ts";
import { compileStep } from "../../../core/train/step.ts";
import { backends } from "../../backends.ts";
import { boxRows } from "../../viewRows.ts";
import { run } from "../run.ts";
import { plain } from "../train/runs.ts";

let backend: Backend;
beforeAll(async () => {
  backend = await backends["as, no threads"]();
});
afterAll(() => backend.close());

/** What layers make of ones, by keys that count from 1. */
async function dropped(shape: readonly number[], ...layers: ReturnType<typeof dropout>[]) {
  const [x, keys] = [state(shape), state([shape[0], 2], undefined, "u32")];
  const mode = trainingMode(undefined, keys);
  const outputs = layers.map((each) => ({ target: state(shape), value: each(x, mode) }));
  const { results } = await run(
    backend,
    [outputs],
    [
      [x, new Float32Array(shape[0] * shape[1]).fill(1)],
      [keys, Uint32Array.from({ length: 2 * shape[0] }, (_, i) => i + 1)],
    ],
    outputs.map(({ target }) => target),
  );
  return results.map((text) => text.split(" ").map(Number));
}

test.each([0.1, 0.5, 0.9])("a share of %d is dropped, of each row and each column", async (p) => {
  const [N, D] = [500, 500];
  const [y] = await dropped([N, D], dropout(p));
  expect(new Set(y)).toEqual(new Set([0, Math.fround(1 / (1 - p))]));
  const gone = (from: number, step: number) =>
    Array.from({ length: 500 }, (_, i) => Number(y[from + i * step] === 0)).reduce((a, b) => a + b) / 500;
  const deviation = Math.sqrt((p * (1 - p)) / 500);
  for (let i = 0; i < 500; i++) {
    expect(Math.abs(gone(i * D, 1) - p) / deviation).toBeLessThan(4.5); // of 1000 shares, 0.7 % would have one beyond
    expect(Math.abs(gone(i, D) - p) / deviation).toBeLessThan(4.5);
  }
  const all = y.filter((value) => value === 0).length / y.length;
  expect(Math.abs(all - p) / Math.sqrt((p * (1 - p)) / y.length)).toBeLessThan(4.5);
});

test("two dropouts of a pass drop independently, and the same ones each time it is traced", async () => {
  const [N, D] = [50, 400];
  const [a, b] = await dropped([N, D], dropout(0.5), dropout(0.5));
  const both = a.filter((value, i) => value === 0 && b[i] === 0).length;
  expect(Math.abs(both / (N * D) - 0.25)).toBeLessThan(0.02); // 6 deviations
  expect(await dropped([N, D], dropout(0.5), dropout(0.5))).toEqual([a, b]);
});

test("nothing is dropped in use, nor with p = 0", () => {
  const x = input([3, 4]);
  expect(dropout(0.5)(x, inference)).toBe(x);
  expect(dropout(0)(x, trainingMode())).toBe(x);
});

test("a pass that trains without keys is told what it lacks", () => {
  const refusal = "dropout: this pass has no keys to draw by; give trainingMode those of its samples";
  expect(() => sequence(dropout(0.5))(input([3, 4]), trainingMode())).toThrow(refusal);
});

test("a share of 1 is refused", () => {
  const keys = input([3, 2], "u32");
  const refusal = "dropout: p must be at least 0 and below 1, not 1; got [3, 4]";
  expect(() => dropout(1)(input([3, 4]), trainingMode(undefined, keys))).toThrow(refusal);
});

describe("in a run", () => {
  const [COUNT, SIDE, PER_EPOCH] = [8, 5, 2];

  /** Keeps what dropout leaves of two views of each image. */
  const keeping = method({
    name: "keeping",
    config: z.boolean(), // whether anything is dropped
    views: 2,
    sharding: "separable",
    build: () => ({
      weight: state([1]),
      ...{ first: state([COUNT, SIDE, SIDE, 3]), second: state([COUNT, SIDE, SIDE, 3]) },
    }),
    step({ weight, first, second }, [x1, x2], drops, mode) {
      const x = concat(x1, x2);
      const y = drops ? dropout(0.5)(x, mode) : x;
      const [count] = x1.shape;
      return {
        loss: mean(mul(reshape(y, [size(y.shape)]), weight)),
        after: (gather) => [
          { target: first, value: gather(slice(y, { start: 0, count })) },
          { target: second, value: gather(slice(y, { start: count, count })) },
        ],
      };
    },
  });

  const compiled = (shards: number, drops = true) =>
    compileStep(backend, sgd(), {
      ...{ method: keeping, settings: drops, encoder: () => resnet18(), batch: COUNT / shards, shards },
      images: { count: COUNT, height: SIDE, width: SIDE },
      ...plain,
    });

  /** What is kept of ones after each of these steps, in turn. */
  async function kept(shards: number, steps: readonly number[]): Promise<string[]> {
    const { memory, trace, gradient, update } = await compiled(shards);
    const batch = COUNT / shards;
    memory.write(trace.pixels[0], new Uint8Array(COUNT * SIDE * SIDE * 3).fill(255));
    memory.write(trace.index, new Uint32Array(batch));
    for (const [boxes] of trace.rows)
      memory.write(boxes, boxRows(Array(batch).fill({ height: SIDE, width: SIDE })));
    const results: string[] = [];
    for (const step of steps) {
      for (let shard = 0; shard < shards; shard++) {
        for (const [tensor, { values, write }] of trace.scheduled) {
          write(values, { ...{ seed: 3, step, steps: 9, perEpoch: PER_EPOCH }, ...{ shard, shards } });
          memory.write(tensor, values);
        }
        await gradient.run();
      }
      await update.run();
      const views = ["first", "second"].map((name) => memory.read(trace.nets[name] as Tensor)); // as built
      results.push(...(await Promise.all(views)).map((values) => values.join(" ")));
    }
    for (const each of [gradient, update, memory]) each.free();
    return results;
  }

  test.each([2, 4, 8])("the same elements are dropped of a batch in %i shards and in one", async (shards) => {
    expect(await kept(shards, [0, 3])).toEqual(await kept(1, [0, 3]));
  });

  test("other elements are dropped of each view, in each step and in each epoch", async () => {
    const results = await kept(1, [0, 1, 2, 3]);
    for (const each of results) expect(new Set(each.split(" "))).toEqual(new Set(["0", "2"]));
    expect(new Set(results).size).toBe(2 * 4);
  });

  test("the same elements are dropped where it was resumed", async () => {
    expect(await kept(1, [3])).toEqual((await kept(1, [0, 1, 2, 3])).slice(-2));
  });

  test("the host writes keys only where something is dropped", async () => {
    expect((await compiled(1)).trace.scheduled.size).toBe(1);
    expect((await compiled(1, false)).trace.scheduled.size).toBe(0);
  });
});
