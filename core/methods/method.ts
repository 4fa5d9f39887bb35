import type { ZodType } from "zod";
import type { Backend } from "../backend.ts";
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

/**
 * Rows [N, ...] of one shard -> those of the whole batch [shards N, ...] in shard order, once all shards are computed; of
 * the step's `index`, the whole batch's.
 */
export type Gather = (rows: Tensor) => Tensor;

/** What a step gives: the mean loss over what it saw, further scalars for the log, and what follows the update. */
export interface StepResult {
  loss: Tensor;
  metrics?: Record<string, Tensor>;
  /** What the method makes of each view [N, D], for the log to tell how learning goes. */
  embeddings?: readonly Tensor[];
  /** Sees parameters as the update leaves them, and of what the step computed what it gathers. */
  after?(gather: Gather): Assignment[];
}

/** What a method meets on the host, between two steps: what depends on data, such as clusters, is made here. */
export interface Host<N = Nets, Config = unknown> {
  readonly nets: N;
  readonly config: Config;
  readonly seed: number;
  /** Images of the data set. */
  readonly samples: number;
  /** Steps done, and steps of an epoch. */
  readonly step: number;
  readonly perEpoch: number;
  /** A state tensor of the method's nets, or a part of one. */
  read(x: Tensor): Promise<Values>;
  write(x: Tensor, values: Values): void;
  /** The training's device, for programs of the method's own (as `kmeans` runs); they free what they take. */
  readonly backend: Backend;
  /** What the encoder makes of all images [samples, dimension], without augmentation and by running statistics. */
  features(): Promise<Float32Array<ArrayBuffer>>;
}

/** Position in an epoch -> index of the sample that is shown there. */
export type Sampler = (position: number) => number;

export type Family =
  | "classification"
  | "reconstruction"
  | "clustering"
  | "memory bank"
  | "contrastive"
  | "self-distillation";

/** One way of learning without labels: reads like the paper's algorithm box. The trainer owns everything else. */
export interface Method<Config = unknown, N extends Nets = Nets, S extends Schedules = Schedules> {
  readonly name: string;
  /** What kind of task its images are set, and where it was published: authors, year, title, URL. */
  readonly family?: Family;
  readonly paper?: string;
  /** The method's own settings, with the paper's defaults; each by `setting`. */
  readonly config: ZodType<Config>;
  /** How many views of each image a step takes. */
  readonly views: number;
  /**
   * What the encoder sees of a view [N, H, W, 3] where that is not the view itself: [P N, height, width, 3], an image's P
   * pictures in a row. For people to look at, as `step` does the same.
   */
  pictures?(view: Tensor): Tensor;
  /**
   * The networks; `encoder()` makes one as the run's config has it. The one named `encoder` is what is evaluated. State
   * may have a row for each of the data set's `samples`: banks, labels of clusters.
   */
  build(encoder: () => Encoder, config: Config, data: { readonly samples: number }): N;
  /** Per-step values by name, for shards of `batch` images; the step gets them as tensors. */
  schedules?(config: Config, batch: number): S;
  /**
   * One step on views [N, H, W, 3]; what the loss reaches by gradients is trained. Beside the scheduled values stands
   * `index` u32 [N]: which samples the views show.
   */
  step(
    nets: N,
    views: Tensor[],
    config: Config,
    mode: Mode,
    given: { readonly [K in keyof S]: Tensor } & { readonly index: Tensor },
  ): StepResult;
  /** On the host before each epoch's first step; the checkpoint at an epoch's end was taken before. */
  beforeEpoch?(host: Host<N, Config>): Promise<void>;
  /**
   * The order of an epoch, made anew for each after `beforeEpoch`; where there is none, each sample once, shuffled. A run
   * that was stopped inside an epoch asks again for its order where it goes on: it ends with the same bits if this is a
   * function of the epoch, of the seed and of state that the epoch's steps do not change, as clusters made in `beforeEpoch`.
   */
  sampler?(host: Host<N, Config>): Sampler | Promise<Sampler>;
  /** On the host after every so many steps, counted from the run's start. */
  readonly afterStep?: { every(config: Config): number; run(host: Host<N, Config>): Promise<void> };
  /** The loss when nothing is learned, all embeddings being one, at a batch of N images; undefined where it varies. */
  collapse?(config: Config, batch: number): number | undefined;
  /** What is possible but unwise with so many images, a line each: which rule, what came, what to do. */
  warnings?(config: Config, data: { readonly samples: number }): string[];
  /** Whether shards of a batch have losses of their own, or must first gather their embeddings. */
  readonly sharding: "separable" | "gathers";
}

/** A setting of a method: what it means, and where its default is from. */
export const setting = <T extends ZodType>(type: T, meaning: string, source: string): T =>
  type.meta({ description: meaning, source });

/** Checks a method's parts against each other while inferring its types. */
export const method = <Config, N extends Nets, S extends Schedules = Schedules>(
  definition: Method<Config, N, S>,
): Method<Config, N, S> => definition;

/** The state of all networks under their names. */
export const stateOf = (nets: Nets): Tree =>
  Object.fromEntries(Object.entries(nets).map(([name, net]) => [name, "state" in net ? net.state : net]));
