import type { Backend } from "../backend.ts";
import type { ImageSet } from "../data/source.ts";
import { stateOf } from "../methods/index.ts";
import { cosine, sgd } from "../optim/index.ts";
import { size } from "../shape.ts";
import { type Aggregator, local } from "./aggregator.ts";
import { type Batch, createBatch, stepsPerEpoch } from "./batches.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { methodOf, type RunConfig } from "./config.ts";
import { encoderOf } from "./encoder.ts";
import { exportState, importState, initialise } from "./state.ts";
import { compileStep, RING, type Step } from "./step.ts";

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

/** Compiles a run and brings it to its first step, or to where a checkpoint left it. */
export async function openTraining(
  config: RunConfig,
  images: ImageSet,
  backend: Backend,
  { aggregator = local, from }: { aggregator?: Aggregator; from?: Checkpoint } = {},
): Promise<Training> {
  const { method, settings } = methodOf(config);
  const { rate: base, per, momentum, decay } = config.optimizer;
  const optimizer = sgd({ momentum, decay });
  const perEpoch = stepsPerEpoch(images.count, config.batchSize);
  const steps = perEpoch * config.epochs;
  const rateAt = (step: number) => ((base * config.batchSize) / per) * cosine(step, steps);

  const view = { height: config.views.size ?? images.height, width: config.views.size ?? images.width };
  const compiled = await compileStep({
    ...{ backend, method, settings, optimizer, images, view, color: config.views },
    encoder: () => encoderOf(config, view),
    batch: config.batchSize,
    group: config.norm.group,
  });
  const { memory, arena, gradient, update } = compiled;
  const state = stateOf(compiled.nets);
  memory.write(compiled.pixels, images.pixels);
  if (from) importState(memory, state, from.tensors, { arena, slots: optimizer.slots });
  else initialise(memory, state, config.seed);

  const batch: Batch = createBatch(config, images, method.views);
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
    parameters: [...arena.offsets.keys()].reduce((sum, leaf) => sum + size(leaf.shape), 0),

    async next() {
      position[0] = step % RING;
      memory.write(compiled.position, position);
      memory.write(compiled.index, batch.index);
      for (const [i, rows] of compiled.rows.entries()) memory.write(rows, batch.rows[i]);
      memory.write(compiled.optimizerSettings, optimizer.settings(rateAt(step)));
      const pending = gradient.run();
      if (step + 1 < steps) batch.draw(step + 1); // while the device computes
      await pending;
      await aggregator.reduce(step, 0, compiled.vector);
      await update.run();
      step++;
    },

    async drain() {
      const ring = await memory.read(compiled.ring);
      const names = compiled.metricNames;
      const rows: Metrics[] = [];
      for (; drained < step; drained++) {
        const at = (drained % RING) * names.length;
        const scalars = Object.fromEntries(names.map((name, i) => [name, ring[at + i]]));
        rows.push({
          step: drained,
          epoch: Math.floor(drained / perEpoch),
          ...scalars,
          rate: rateAt(drained),
        });
      }
      return rows;
    },

    save: () => exportState(memory, state, arena, optimizer.slots),

    free() {
      gradient.free();
      update.free();
      memory.free();
    },
  };
}
