/** Steps of a method as golden/<topic>.py takes them with a small network, by the programs that the trainer compiles. */
import { expect } from "vitest";
import type { Backend } from "../core/backend.ts";
import { type Method, stateOf } from "../core/methods/index.ts";
import { batchNorm, conv, type Encoder, encoder, sequence } from "../core/nn/index.ts";
import { mean, relu } from "../core/ops/index.ts";
import { sgd } from "../core/optim/index.ts";
import { size } from "../core/shape.ts";
import { leaves, part, type Tensor, type Tree, type Values } from "../core/tensor.ts";
import { exportState, importState, initialise } from "../core/train/state.ts";
import { compileStep, metricsAt } from "../core/train/step.ts";
import type { TraceOptions } from "../core/train/trace.ts";
import { plain } from "./core/train/runs.ts";
import type { Golden } from "./golden.ts";
import { boxRows } from "./viewRows.ts";

/** Net.encoder in the scripts. */
export const small = (): Encoder => {
  const net = sequence(
    conv(3, 4, 3, { padding: 1 }),
    batchNorm(4),
    (x: Tensor) => relu(x),
    conv(4, 8, 3, { stride: 2, padding: 1 }),
    batchNorm(8),
    (x: Tensor) => relu(x),
    (x: Tensor) => mean(x, { from: 1, to: 3 }),
  );
  return encoder(net.state, 8, (x, mode) => ({ output: net(x, mode) }));
};

export interface GoldenSteps {
  /** Gradients of the first step by parameter, convolutions OHWI. */
  gradients: Map<string, Values>;
  /** State after all steps, as a checkpoint has it. */
  state: Awaited<ReturnType<typeof exportState>>;
  /** Of each step. */
  metrics: Record<string, number>[];
}

/** What a step meets between its programs. */
export interface Between {
  tree: Tree;
  read(x: Tensor): Promise<Values>;
  write(x: Tensor, values: Values): void;
}

export interface GoldenRun {
  method: Method;
  settings: unknown;
  /** Tensors of the topic that are state of the method, beside its `param.<name>`. */
  state?: readonly string[];
  views?: TraceOptions["views"];
  /** What the topic has drawn for each step of a view [steps, batch, ...]. */
  drawn?: readonly string[];
}

/**
 * Takes as many steps as the topic has rows of `index`, on its images over 255: the first view as they are, a second one
 * mirrored. Networks start as `param.<name>`, and so does a target. What the method schedules by a name that the topic
 * has is the topic's (`order`, of which `inverse` follows), and so are the `keys` of samples. `after` runs when a step is
 * done.
 */
export async function goldenSteps(
  backend: Backend,
  topic: Golden,
  { method, settings, state = [], views = plain.views, drawn = [] }: GoldenRun,
  after?: (step: number, between: Between) => Promise<void>,
): Promise<GoldenSteps> {
  const setting = (name: string) => Number(topic.metadata[name]);
  const [steps, batch] = topic.shape("index");
  const [count, height, width] = topic.shape("images");
  const optimizer = sgd({
    ...{ momentum: setting("sgdMomentum"), decay: setting("decay") },
    rules: "headMomentum" in topic.metadata ? [{ match: "^head", momentum: setting("headMomentum") }] : [],
  });
  const step = await compileStep(backend, optimizer, {
    ...{ method, settings, encoder: small, batch, shards: 1, group: setting("group") },
    images: { count, height, width },
    ...{ views, normalize: plain.normalize },
  });
  const { memory, trace, parameters } = step;
  const tree = stateOf(trace.nets);

  initialise(memory, tree, 0);
  const tensors = await exportState(memory, tree, parameters, []);
  function set(key: string, source: string): void {
    const known = tensors.get(key);
    if (!known) throw new Error(`golden: the method has no state ${key}`);
    const data = known.dtype === "f32" ? topic.f32(source) : Uint32Array.from(topic.values(source));
    tensors.set(key, { dtype: known.dtype, shape: topic.shape(source), data });
  }
  for (const source of topic.names.filter((each) => each.startsWith("param."))) {
    const key = source.slice("param.".length);
    set(key, source);
    if (tensors.has(`target.${key}`)) set(`target.${key}`, source);
  }
  for (const source of state) set(source, source);
  importState(memory, tree, tensors);

  memory.write(trace.pixels[0], topic.values("images") as Uint8Array); // as the scripts store them
  trace.rows.forEach(([rows], view) => {
    memory.write(rows, boxRows(Array(batch).fill({ height, width, flip: view })));
  });
  memory.write(step.optimizerSettings, optimizer.settings(setting("rate"), 0, step.options));
  const between: Between = {
    tree,
    read: (x) => memory.read(x),
    write: (x, values) => memory.write(x, values),
  };
  const gradients = new Map<string, Values>();
  const rowOf = (name: string, i: number) => {
    const each = size(topic.shape(name).slice(1));
    return topic.values(name).subarray(i * each, (i + 1) * each);
  };
  const names = [...Object.keys(method.schedules?.(settings, batch) ?? {}), "keys"]; // as the trace has them
  for (let i = 0; i < steps; i++) {
    memory.write(trace.index, Uint32Array.from(rowOf("index", i)));
    for (const rows of trace.rows)
      for (const [j, name] of drawn.entries()) memory.write(rows[1 + j], Float32Array.from(rowOf(name, i)));
    for (const [j, [tensor, { values, write }]] of [...trace.scheduled].entries()) {
      write(values, { seed: 0, step: i, steps, perEpoch: steps, shard: 0, shards: 1 });
      if (topic.names.includes(names[j])) values.set(rowOf(names[j], i));
      if (names[j] === "inverse") for (const [n, from] of rowOf("order", i).entries()) values[from] = n;
      memory.write(tensor, values);
    }
    memory.write(step.position, Uint32Array.of(i));
    await step.gradient.run();
    if (i === 0)
      for (const [path, leaf] of leaves(tree)) {
        const at = parameters.offsets.get(leaf);
        if (at !== undefined)
          gradients.set(path, await memory.read(part(step.vector, at, [size(leaf.shape)])));
      }
    await step.update.run();
    await after?.(i + 1, between);
  }
  const found = await exportState(memory, tree, parameters, optimizer.slots);
  const ring = (await memory.read(step.ring)) as Float32Array;
  const metrics = Array.from({ length: steps }, (_, i) => metricsAt(ring, i, step));
  for (const each of [step.gradient, step.update]) each.free();
  memory.free();
  return { gradients, state: found, metrics };
}

/**
 * Compares with the topic's `<at>gradient.<name>`, `<at>after.<name>` and `<at>losses`, of which there must be so many.
 */
export function expectSteps(
  topic: Golden,
  found: GoldenSteps,
  count: { gradients: number; after: number },
  at = "",
): void {
  const theirs = (kind: string) => topic.names.filter((each) => each.startsWith(`${at}${kind}.`));
  const [gradients, after] = [theirs("gradient"), theirs("after")];
  expect({ gradients: gradients.length, after: after.length }).toEqual(count);
  for (const key of gradients)
    topic.expectEqual(key, found.gradients.get(key.slice(`${at}gradient.`.length))!);
  for (const key of after) topic.expectEqual(key, found.state.get(key.slice(`${at}after.`.length))!.data);
  topic.expectEqual(
    `${at}losses`,
    found.metrics.map(({ loss }) => loss),
  );
}
