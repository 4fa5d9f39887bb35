import type { ZodType } from "zod";
import type { Encoder, Layer, Mode } from "../nn/index.ts";
import type { Assignment } from "../program.ts";
import type { Tensor, Tree } from "../tensor.ts";

/** The networks and state of a method by name; their states together are the checkpoint. */
export type Nets = Readonly<Record<string, Layer | Tensor>>;

/** What a step gives: the mean loss over what it saw, further scalars for the log, and what follows the update. */
export interface StepResult {
  loss: Tensor;
  metrics?: Record<string, Tensor>;
  after?(): Assignment[];
}

/** One way of learning without labels: reads like the paper's algorithm box. The trainer owns everything else. */
export interface Method<Config = unknown, N extends Nets = Nets> {
  readonly name: string;
  /** The method's own settings, with the paper's defaults. */
  readonly config: ZodType<Config>;
  /** How many views of each image a step takes. */
  readonly views: number;
  /** The networks; `encoder()` makes one as the run's config has it. The one named `encoder` is what is evaluated. */
  build(encoder: () => Encoder, config: Config): N;
  /** One step on views [N, H, W, 3]; what the loss reaches by gradients is trained. */
  step(nets: N, views: Tensor[], config: Config, mode: Mode): StepResult;
  /** The loss when nothing is learned, all embeddings being one, at a batch of N images. */
  collapse?(config: Config, batch: number): number;
  /** Whether shards of a batch have losses of their own, or must first gather their embeddings. */
  readonly sharding: "separable" | "gathers";
}

/** Checks a method's parts against each other while inferring its types. */
export const method = <Config, N extends Nets>(definition: Method<Config, N>): Method<Config, N> =>
  definition;

/** The state of all networks under their names. */
export const stateOf = (nets: Nets): Tree =>
  Object.fromEntries(Object.entries(nets).map(([name, net]) => [name, "state" in net ? net.state : net]));
