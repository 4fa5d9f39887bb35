/** Steps of a method as golden/<topic>.py takes them with a small network, by the programs that the trainer compiles. */
import type { Backend } from "../core/backend.ts";
import { type Method, stateOf } from "../core/methods/index.ts";
import { batchNorm, conv, type Encoder, encoder, sequence } from "../core/nn/index.ts";
import { mean, relu } from "../core/ops/index.ts";
import { sgd } from "../core/optim/index.ts";
import { size } from "../core/shape.ts";
import { leaves, part, type Tensor, type Tree, type Values } from "../core/tensor.ts";
import { exportState, importState, initialise } from "../core/train/state.ts";
import { compileStep, metricsAt } from "../core/train/step.ts";
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

/**
 * Takes as many steps as the topic has rows of `index`, on its images over 255 as they are. State is the topic's: tensors
 * named `param.<name>` and those in `state`; keys of samples are its `keys`. `after` runs when a step is done.
 */
export async function goldenSteps(
  backend: Backend,
  topic: Golden,
  { method, settings, state }: { method: Method; settings: unknown; state: readonly string[] },
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
    ...plain,
  });
  const { memory, trace, parameters } = step;
  const tree = stateOf(trace.nets);

  initialise(memory, tree, 0);
  const tensors = await exportState(memory, tree, parameters, []);
  const sources = [...topic.names.filter((each) => each.startsWith("param.")), ...state];
  for (const source of sources) {
    const key = source.replace(/^param\./, "");
    const known = tensors.get(key);
    if (!known) throw new Error(`golden: the method has no state ${key}`);
    const data = known.dtype === "f32" ? topic.f32(source) : Uint32Array.from(topic.values(source));
    tensors.set(key, { dtype: known.dtype, shape: topic.shape(source), data });
  }
  importState(memory, tree, tensors);

  memory.write(trace.pixels[0], topic.values("images") as Uint8Array); // as the scripts store them
  memory.write(trace.rows[0][0], boxRows(Array(batch).fill({ height, width, flip: 0 })));
  memory.write(step.optimizerSettings, optimizer.settings(setting("rate"), 0, step.options));
  const between: Between = {
    tree,
    read: (x) => memory.read(x),
    write: (x, values) => memory.write(x, values),
  };
  const gradients = new Map<string, Values>();
  const rowOf = (name: string, i: number, each: number) =>
    Uint32Array.from(topic.values(name).subarray(i * each, (i + 1) * each));
  for (let i = 0; i < steps; i++) {
    memory.write(trace.index, rowOf("index", i, batch));
    for (const [tensor, { values, write }] of trace.scheduled) {
      write(values, { seed: 0, step: i, steps, perEpoch: steps, shard: 0, shards: 1 });
      const isKeys = tensor.dtype === "u32" && tensor.shape.join() === `${batch},2`;
      memory.write(tensor, isKeys ? rowOf("keys", i, 2 * batch) : values);
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
