/** What follows a network, or remembers what it gave: copies, their moving averages, the queue of keys. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Backend } from "../../../core/backend.ts";
import { Memory } from "../../../core/memory.ts";
import {
  batchNorm,
  chain,
  copyOf,
  ema,
  linear,
  push,
  queue,
  resnet18,
  sequence,
  trainingMode,
} from "../../../core/nn/index.ts";
import { add, affine } from "../../../core/ops/index.ts";
import { compile } from "../../../core/program.ts";
import { input, leaves, state, type Tree } from "../../../core/tensor.ts";
import { initialise } from "../../../core/train/state.ts";
import { backends } from "../../backends.ts";
import { uniform } from "../../numbers.ts";
import { holds, run } from "../run.ts";

let backend: Backend;
beforeAll(async () => {
  backend = await backends["as, no threads"]();
});
afterAll(() => backend.close());

/** All of a tree's values by path. */
async function read(memory: Memory, tree: Tree): Promise<Map<string, Float32Array>> {
  const values = new Map<string, Float32Array>();
  for (const [path, leaf] of leaves(tree)) values.set(path, (await memory.read(leaf)) as Float32Array);
  return values;
}

const net = () => {
  const encoder = resnet18({ width: 4, stem: "cifar" });
  return chain({ encoder, projector: sequence(linear(encoder.dimension, 3), batchNorm(3)) });
};

describe("a copy", () => {
  test("starts as the original, under its own paths", async () => {
    const [online, target, further] = [net(), copyOf(net()), copyOf(linear(3, 2), "elsewhere.")];
    const tree = {
      ...online.state,
      elsewhere: linear(3, 2).state,
      target: target.state,
      further: further.state,
    };
    const memory = new Memory(backend);
    initialise(memory, tree, 5);
    const values = await read(memory, tree);
    const ours = await read(memory, online.state);
    expect(ours.size).toBe(60 + 20 + 5);
    for (const [path, each] of ours) expect(values.get(`target.${path}`), path).toEqual(each);
    expect(values.get("further.weight")).toEqual(values.get("elsewhere.weight"));
    expect(values.get("elsewhere.weight")).not.toEqual(values.get("projector.0.weight")!.subarray(0, 6));
    memory.free();
  });

  test("follows by a moving average of its parameters, not of its statistics", async () => {
    const [online, target] = [net(), net()];
    const memory = new Memory(backend);
    initialise(memory, { online: online.state, target: target.state }, 5);
    const next = uniform("ema");
    for (const tree of [online.state, target.state])
      for (const [path, leaf] of leaves(tree))
        if (path.endsWith(".running"))
          memory.write(leaf, Float32Array.from({ length: 2 * leaf.shape[1] }, next));
    const momentum = input([1]);
    const program = await compile(backend, memory, [ema(target.state, online.state, momentum)]);
    memory.write(momentum, Float32Array.of(0.75)); // exact in f32, as is a quarter
    const [source, before] = [await read(memory, online.state), await read(memory, target.state)];
    await program.run();
    for (const [path, after] of await read(memory, target.state)) {
      const kept = path.endsWith(".running") ? 1 : 0.75;
      const expected = before.get(path)!.map((x, i) => kept * x + (1 - kept) * source.get(path)![i]);
      for (const [i, x] of after.entries()) expect(Math.abs(x - expected[i])).toBeLessThan(1e-6); // an ulp or two
    }
    expect(await read(memory, online.state)).toEqual(source);
    program.free();
    memory.free();
  });

  test("of another architecture does not follow", () => {
    expect(() => ema(linear(2, 2).state, linear(2, 2, { bias: false }).state, input([1]))).toThrow(
      "ema: the online network has no bias",
    );
  });
});

describe("a queue", () => {
  test("starts with rows of unit length, all different", async () => {
    const memory = new Memory(backend);
    const rows = queue(50, 7);
    initialise(memory, { rows }, 3);
    const values = await memory.read(rows);
    const each = Array.from({ length: 50 }, (_, i) => values.slice(7 * i, 7 * i + 7));
    for (const row of each) expect(Math.hypot(...row)).toBeCloseTo(1, 6);
    expect(new Set(each.map((row) => row.join())).size).toBe(50);
    memory.free();
  });

  test("takes the newest keys for the oldest, and begins again behind its end", async () => {
    const rows = state([3, 2]);
    const [keys, position] = [input([2, 2]), input([1], "u32")];
    const { results, bytes } = await run(
      backend,
      [[push(rows, keys, position)]],
      [holds(rows, 0, 0, 1, 1, 2, 2), holds(keys, 5, 6, 7, 8), [position, Uint32Array.of(2)]],
      [rows],
    );
    expect(results).toEqual(["7 8 1 1 5 6"]);
    expect(bytes).toBe(0); // in place
  });
});

test("a layer that is applied three times notes the mean of what it saw", async () => {
  const mode = trainingMode();
  const statistics = state([1]);
  const [a, b, c] = [input([1]), input([1]), input([1])];
  for (const each of [a, b, c]) mode.note(statistics, each);
  const target = state([1]);
  const third = affine(add(add(a, b), c), { scale: 1 / 3 });
  const other = state([1]);
  const { results } = await run(
    backend,
    [
      [
        { target, value: mode.observed.get(statistics)! },
        { target: other, value: third },
      ],
    ],
    [holds(a, 1), holds(b, 5), holds(c, 9)],
    [target, other],
  );
  expect(results.map((text) => Number(text).toFixed(5))).toEqual(["5.00000", "5.00000"]);
});
