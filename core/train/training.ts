import type { Backend } from "../backend.ts";
import type { ImageSet } from "../data/source.ts";
import { stateOf } from "../methods/index.ts";
import { size } from "../shape.ts";
import { type Batch, createBatch, stepsPerEpoch } from "./batches.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { compileRun } from "./compileRun.ts";
import { methodOf, type RunConfig } from "./config.ts";
import { optimizerOf, ratesOf } from "./optimizer.ts";
import { checkRoom } from "./room.ts";
import { exportState, importState, initialise } from "./state.ts";
import { metricsAt, RING, type Step } from "./step.ts";

/** The scalars of one step, `loss` first. */
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
  /** Does one step. */
  next(): Promise<void>;
  /** Metrics of the steps since the last call: at least every RING steps, or they are lost. */
  drain(): Promise<Metrics[]>;
  /** All state, as a checkpoint has it. */
  save(): Promise<Checkpoint["tensors"]>;
  free(): void;
}

/**
 * Compiles a run and brings it to its first step, or to where a checkpoint left it. Throws before any memory is taken
 * where the backend has too little for it, with the bytes and the settings that would fit.
 */
export async function openTraining(
  config: RunConfig,
  images: ImageSet,
  backend: Backend,
  { from }: { from?: Checkpoint } = {},
): Promise<Training> {
  const { method } = methodOf(config);
  const optimizer = optimizerOf(config);
  const perEpoch = stepsPerEpoch(images.count, config.batchSize);
  const steps = perEpoch * config.epochs;
  const rateAt = ratesOf(config, perEpoch);

  await checkRoom(config, images, backend);
  const { step: compiled, aggregator, shards } = await compileRun(config, images, backend);
  const { memory, trace, parameters, gradient, update } = compiled;
  const state = stateOf(trace.nets);
  memory.write(trace.pixels, images.pixels);
  if (from) importState(memory, state, from.tensors, { arena: parameters, slots: optimizer.slots });
  else initialise(memory, state, config.seed);

  const batch: Batch = createBatch(config, images, method.views);
  const perShard = config.batchSize / shards;
  const position = new Uint32Array(1);
  let step = from?.step ?? 0;
  let drained = step;
  if (step < steps) batch.draw(step);

  return {
    get step() {
      return step;
    },
    ...{ steps, perEpoch },
    memory: { gradient: gradient.memory, update: update.memory },
    parameters: [...parameters.offsets.keys()].reduce((sum, leaf) => sum + size(leaf.shape), 0),

    async next() {
      position[0] = step % RING;
      memory.write(compiled.position, position);
      memory.write(compiled.optimizerSettings, optimizer.settings(rateAt(step), step, compiled.options));
      for (let shard = 0; shard < shards; shard++) {
        const [first, end] = [shard * perShard, (shard + 1) * perShard];
        memory.write(trace.index, batch.index.subarray(first, end));
        for (const [tensor, { values, write }] of trace.scheduled) {
          write(values, { seed: config.seed, step, steps, perEpoch, shard, shards });
          memory.write(tensor, values);
        }
        for (const [view, tables] of trace.rows.entries())
          for (const [table, rows] of tables.entries()) {
            const columns = rows.shape[1];
            memory.write(rows, batch.rows[view][table].subarray(first * columns, end * columns));
          }
        const pending = gradient.run();
        if (shard + 1 === shards && step + 1 < steps) batch.draw(step + 1); // while the device computes
        await pending;
        await aggregator.reduce(step, shard);
      }
      await update.run();
      step++;
    },

    async drain() {
      const ring = (await memory.read(compiled.ring)) as Float32Array;
      const rows: Metrics[] = [];
      for (; drained < step; drained++) {
        const [epoch, rate] = [Math.floor(drained / perEpoch), rateAt(drained)];
        rows.push({ step: drained, epoch, ...metricsAt(ring, drained % RING, compiled), rate });
      }
      return rows;
    },

    save: () => exportState(memory, state, parameters, optimizer.slots),

    free() {
      for (const each of [gradient, update, aggregator]) each.free();
      memory.free();
    },
  };
}
