import type { ZodType } from "zod";
import type { Encoder, Layer, Mode } from "../nn/index.ts";
import type { Assignment } from "../program.ts";
import type { Shape } from "../shape.ts";
import type { Dtype, Tensor, Tree, Values } from "../tensor.ts";

/** The networks and state of a method by name; their states together are the checkpoint. */
export type Nets = Readonly<Record<string, Layer | Tensor>>;

/** The step, and the shard of its batch, for which the host writes values. */
export interface Moment {
  readonly seed: number;
  readonly step: number;
  /** Steps of the whole run. */
  readonly steps: number;
  /** Steps of an epoch. */
  readonly perEpoch: number;
  readonly shard: number;
  readonly shards: number;
}

/** A value that differs from step to step or from shard to shard: data that the host writes, never a constant. */
export interface PerStep {
  readonly shape: Shape;
  /** f32 where nothing is said. */
  readonly dtype?: Dtype;
  /** Fills the values; a function of the moment alone, so that resuming is exact. */
  write(values: Values, moment: Moment): void;
}

export type Schedules = Readonly<Record<string, PerStep>>;

/** A number that differs from step to step, as a tensor [1]. */
export const scheduled = (at: (moment: Moment) => number, dtype: Dtype = "f32"): PerStep => ({
  shape: [1],
  dtype,
  write(values, moment) {
    values[0] = at(moment);
  },
});

/** Rows [N, ...] of one shard -> those of the whole batch [shards N, ...] in shard order, once all shards are computed. */
export type Gather = (rows: Tensor) => Tensor;

/** What a step gives: the mean loss over what it saw, further scalars for the log, and what follows the update. */
export interface StepResult {
  loss: Tensor;
  metrics?: Record<string, Tensor>;
  /** Sees parameters as the update leaves them, and of what the step computed what it gathers. */
  after?(gather: Gather): Assignment[];
}

/** One way of learning without labels: reads like the paper's algorithm box. The trainer owns everything else. */
export interface Method<Config = unknown, N extends Nets = Nets, S extends Schedules = Schedules> {
  readonly name: string;
  /** The method's own settings, with the paper's defaults. */
  readonly config: ZodType<Config>;
  /** How many views of each image a step takes. */
  readonly views: number;
  /** The networks; `encoder()` makes one as the run's config has it. The one named `encoder` is what is evaluated. */
  build(encoder: () => Encoder, config: Config): N;
  /** Per-step values by name, for shards of `batch` images; the step gets them as tensors. */
  schedules?(config: Config, batch: number): S;
  /** One step on views [N, H, W, 3]; what the loss reaches by gradients is trained. */
  step(
    nets: N,
    views: Tensor[],
    config: Config,
    mode: Mode,
    scheduled: { readonly [K in keyof S]: Tensor },
  ): StepResult;
  /** The loss when nothing is learned, all embeddings being one, at a batch of N images. */
  collapse?(config: Config, batch: number): number;
  /** Whether shards of a batch have losses of their own, or must first gather their embeddings. */
  readonly sharding: "separable" | "gathers";
}

/** Checks a method's parts against each other while inferring its types. */
export const method = <Config, N extends Nets, S extends Schedules = Schedules>(
  definition: Method<Config, N, S>,
): Method<Config, N, S> => definition;

/** The state of all networks under their names. */
export const stateOf = (nets: Nets): Tree =>
  Object.fromEntries(Object.entries(nets).map(([name, net]) => [name, "state" in net ? net.state : net]));
