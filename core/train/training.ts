import type { Backend, Precision } from "../backend.ts";
import type { DataSet } from "../data/source.ts";
import { type Method, stateOf } from "../methods/index.ts";
import { size } from "../shape.ts";
import type { Tensor, Values } from "../tensor.ts";
import { createBatches, stepsPerEpoch } from "./batches.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { compileRun, precisionOf } from "./compileRun.ts";
import { methodOf, type RunConfig } from "./config.ts";
import { compileFeatures, encoderIn, type FeatureProgram } from "./features.ts";
import { feedRun, feedShard } from "./feed.ts";
import { createHooks } from "./hooks.ts";
import { createLossScale } from "./lossScale.ts";
import { optimizerOf, ratesOf } from "./optimizer.ts";
import { checkRoom } from "./room.ts";
import type { Shown } from "./shown.ts";
import { exportState, importState, initialise } from "./state.ts";
import { metricsAt, RING, type Step } from "./step.ts";
import type { Trace } from "./trace.ts";
import { isWatched, watch } from "./watch.ts";

/** Segments of the update. */
const [METERED, LEARNED, FOLLOWING] = [0, 1, 2];
/** Images that pass the encoder at once where features are read, if a shard holds as many. */
const INFERENCE = 256;

/** The scalars of one step, `loss` first; of some steps also what their embeddings tell (eval/embeddings.ts). */
export interface Metrics {
  step: number;
  epoch: number;
  rate: number;
  [name: string]: number;
}

/** A run under way on one device: state that steps, reports and can be saved. Nothing here touches a disk. */
export interface Training {
  /** Steps done. */
  readonly step: number;
  /** Steps in all, and in one epoch. */
  readonly steps: number;
  readonly perEpoch: number;
  /** Bytes and kernel runs as planned, of both programs. */
  readonly memory: { gradient: Step["gradient"]["memory"]; update: Step["update"]["memory"] };
  /** Numbers that are trained. */
  readonly parameters: number;
  /** In what products are computed: f32 where the backend has not got what the config asks for. */
  readonly precision: Precision;
  /** What is unwise about the run, a line each; a monitor adds its own. */
  readonly warnings: string[];
  /** What the loss is when all embeddings, of so many numbers, are one; where the method knows it. */
  readonly collapse?: { readonly loss: number; readonly dimension: number };
  /** Does one step. */
  next(): Promise<void>;
  /**
   * Compiles the encoder to read features with, of images of this size, by the parameters as they are whenever it runs.
   * Freed with the training.
   */
  features(images: Shown): Promise<FeatureProgram>;
  /** Metrics of the steps since the last call: at least every RING steps, or they are lost. */
  drain(): Promise<Metrics[]>;
  /** All state, as a checkpoint has it. */
  save(): Promise<Checkpoint["tensors"]>;
  free(): void;
}

/**
 * Compiles a run and brings it to its first step, or to where a checkpoint left it. `method` is the config's, where it is
 * none of the package's. Throws before any memory is taken where the backend has too little for it, with the bytes and the
 * settings that would fit.
 */
export async function openTraining(
  config: RunConfig,
  images: DataSet,
  backend: Backend,
  { from, method: own }: { from?: Checkpoint; method?: Method } = {},
): Promise<Training> {
  const chosen = methodOf(config, own);
  const { method, settings } = chosen;
  const optimizer = optimizerOf(config);
  const perEpoch = stepsPerEpoch(images.count, config.batchSize);
  const steps = perEpoch * config.epochs;
  const rateAt = ratesOf(config, perEpoch);

  await checkRoom(config, images, backend, chosen);
  const { step: compiled, aggregator, shards } = await compileRun(config, images, backend, chosen);
  const { memory, trace, parameters, gradient, update, scaling } = compiled;
  const state = stateOf(trace.nets);
  feedRun(memory, trace, images);
  if (from) importState(memory, state, from.tensors, { arena: parameters, slots: optimizer.slots });
  else initialise(memory, state, config.seed);

  const lossScale = scaling && createLossScale(from?.tensors);
  const scales = new Map<number, number>(); // of the steps since the last drain
  const batches = createBatches(config, images, method.views);
  const position = new Uint32Array(1);
  let step = from?.step ?? 0;
  let drained = step;
  const watched = new Map<number, Awaited<ReturnType<typeof watch>>>();
  const readers: FeatureProgram[] = [];
  async function features(images: Shown): Promise<FeatureProgram> {
    const program = await compileFeatures(backend, memory, encoderIn(trace.nets, method.name), {
      ...{ images, view: config.views[0], normalize: config.normalize },
      ...{ layers: ["output"], batch: Math.min(config.batchSize / shards, INFERENCE) },
    });
    readers.push(program);
    return program;
  }
  let reader: Promise<FeatureProgram> | undefined; // of the training images
  const about = {
    ...{ nets: trace.nets, config: settings, seed: config.seed, samples: images.count, perEpoch },
    backend,
    read: (x: Tensor) => memory.read(x),
    write: (x: Tensor, values: Values) => memory.write(x, values),
    async features() {
      reader ??= features(images);
      return (await (await reader).of(images)).get("output")!.values;
    },
  };
  const hooks = createHooks(method, about, batches);
  const known = (step: number) => step < steps && hooks.known(step);
  batches.ahead(step - 1, known);

  /** Applies what the shards gave; gradients that overflowed f16 change nothing but the loss's scale. */
  async function apply(): Promise<void> {
    if (!scaling || !lossScale) return update.run();
    await update.run(METERED);
    const overflowed = (await memory.read(scaling.overflows)).some((count) => count > 0);
    scales.set(step, lossScale.value);
    lossScale.update(overflowed);
    if (overflowed) return;
    await update.run(LEARNED);
    await update.run(FOLLOWING);
  }

  return {
    get step() {
      return step;
    },
    ...{ steps, perEpoch },
    memory: { gradient: gradient.memory, update: update.memory },
    precision: precisionOf(config, backend),
    parameters: [...parameters.offsets.keys()].reduce((sum, leaf) => sum + size(leaf.shape), 0),

    warnings: warningsOf(config, images.count, chosen),
    collapse: collapseOf(method, settings, config, trace),
    features,

    async next() {
      await hooks.before(step);
      const batch = await batches.at(step);
      position[0] = step % RING;
      memory.write(compiled.position, position);
      if (scaling && lossScale) {
        memory.write(scaling.scale, Float32Array.of(lossScale.value));
        memory.write(scaling.inverse, Float32Array.of(1 / lossScale.value));
      }
      const applied = step - (lossScale?.skipped ?? 0);
      memory.write(compiled.optimizerSettings, optimizer.settings(rateAt(step), applied, compiled.options));
      for (let shard = 0; shard < shards; shard++) {
        feedShard(memory, trace, batch, { seed: config.seed, step, steps, perEpoch, shard, shards });
        const pending = gradient.run();
        if (shard + 1 === shards) batches.ahead(step, known); // while the device computes
        await pending;
        await aggregator.reduce(step, shard);
      }
      await apply();
      if (isWatched(step, perEpoch)) watched.set(step, await watch(memory, trace));
      step++;
      await hooks.after(step);
    },

    async drain() {
      const ring = (await memory.read(compiled.ring)) as Float32Array;
      const rows: Metrics[] = [];
      for (; drained < step; drained++) {
        const [epoch, rate] = [Math.floor(drained / perEpoch), rateAt(drained)];
        const scalars = metricsAt(ring, drained % RING, compiled);
        const scale = scales.get(drained);
        const scaled: { [name: string]: number } = scale === undefined ? {} : { lossScale: scale };
        rows.push({ step: drained, epoch, ...scalars, rate, ...scaled, ...watched.get(drained) });
        watched.delete(drained);
        scales.delete(drained);
      }
      return rows;
    },

    async save() {
      const tensors = await exportState(memory, state, parameters, optimizer.slots);
      return lossScale ? new Map([...tensors, lossScale.save()]) : tensors;
    },

    free() {
      for (const each of [gradient, update, aggregator, ...readers]) each.free();
      memory.free();
    },
  };
}

/** Images that share batch statistics: fewer make them rough. Wu and He 2018, figure 1. https://arxiv.org/abs/1803.08494 */
const FEW = 16;

function warningsOf(
  { batchSize, norm }: RunConfig,
  samples: number,
  { method, settings }: ReturnType<typeof methodOf>,
) {
  const { group = batchSize } = norm;
  const rough = `norm: batch statistics of ${group} images are rough; ${FEW} or more learn better (norm.group, --batch-size)`;
  const own = method.warnings?.(settings, { samples }) ?? [];
  return [...(group < FEW ? [rough] : []), ...own.map((warning) => `${method.name}: ${warning}`)];
}

/** What the embeddings of a run are when all are one. */
function collapseOf(
  { collapse, sharding }: Method,
  settings: unknown,
  { batchSize, shards }: RunConfig,
  { embeddings: [first] }: Trace,
): Training["collapse"] {
  if (!collapse || !first) return undefined;
  const seen = sharding === "gathers" ? batchSize : batchSize / shards; // by the loss
  const loss = collapse(settings, seen);
  return loss === undefined ? undefined : { loss, dimension: first.target.shape[1] };
}
