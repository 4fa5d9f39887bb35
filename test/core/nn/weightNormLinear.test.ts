import { afterAll, beforeAll, expect, test } from "vitest";
import { reached } from "../../../core/autograd.ts";
import type { Backend } from "../../../core/backend.ts";
import { Memory } from "../../../core/memory.ts";
import { copyOf, inference, weightNormLinear } from "../../../core/nn/index.ts";
import { sum } from "../../../core/ops/index.ts";
import { compile } from "../../../core/program.ts";
import { leaves, state } from "../../../core/tensor.ts";
import { initialise } from "../../../core/train/state.ts";
import { backends } from "../../backends.ts";
import { distance } from "../../numbers.ts";

let backend: Backend;
beforeAll(async () => {
  backend = await backends["as, no threads"]();
});
afterAll(() => backend.close());

const [I, O] = [3, 5];
const identity = Float32Array.from({ length: I * I }, (_, at) => Number(at % (I + 1) === 0));

/** What a layer first makes of the identity, beside its first values; its tree lies at `path`. */
async function first(layer: ReturnType<typeof weightNormLinear>, path = "last") {
  const memory = new Memory(backend);
  const [x, y] = [state([I, I]), state([I, O])];
  const program = await compile(backend, memory, [[{ target: y, value: layer(x, inference) }]]);
  initialise(memory, { [path]: layer.state }, 2);
  memory.write(x, identity);
  await program.run();
  const values = new Map<string, ArrayLike<number>>([["y", await memory.read(y)]]);
  for (const [name, leaf] of leaves(layer.state)) values.set(name, await memory.read(leaf));
  memory.free();
  return values;
}

/** What is trained of a layer. */
function trainedOf(layer: ReturnType<typeof weightNormLinear>): string[] {
  const trained = reached(sum(layer(state([I, I]), inference)));
  return [...leaves(layer.state)].flatMap(([path, leaf]) => (trained.has(leaf) ? [path] : []));
}

const lengths = (v: ArrayLike<number>) =>
  Array.from({ length: O }, (_, o) => Math.hypot(...Array.from(v).slice(o * I, (o + 1) * I)));

test("it starts as the linear layer of weight v, a copy of it too", async () => {
  for (const [layer, path] of [
    [weightNormLinear(I, O), "last"],
    [copyOf(weightNormLinear(I, O), "last."), "elsewhere"],
  ] as const) {
    const values = await first(layer, path);
    const v = values.get("weight_v")!;
    expect(distance(values.get("weight_g")!, lengths(v))).toBeLessThan(1e-6); // f32
    const transposed = Array.from({ length: I * O }, (_, at) => v[(at % O) * I + Math.floor(at / O)]);
    expect(distance(values.get("y")!, transposed)).toBeLessThan(1e-6);
  }
  const [one, copy] = [
    await first(weightNormLinear(I, O)),
    await first(copyOf(weightNormLinear(I, O), "last."), "elsewhere"),
  ];
  expect(copy).toEqual(one);
});

test("fixed, its weights are and stay of length 1", async () => {
  const layer = weightNormLinear(I, O, { fixed: true });
  const values = await first(layer);
  expect(values.get("weight_g")).toEqual(new Float32Array(O).fill(1));
  const columns = Array.from({ length: O }, (_, o) =>
    Math.hypot(...Array.from({ length: I }, (_, i) => values.get("y")![i * O + o])),
  );
  expect(distance(columns, Array(O).fill(1))).toBeLessThan(1e-6); // f32
  expect(trainedOf(layer)).toEqual(["weight_v"]);
  expect(trainedOf(weightNormLinear(I, O))).toEqual(["weight_g", "weight_v"]);
});
