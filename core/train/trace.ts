import { gradients, reached } from "../autograd.ts";
import { type Method, type Nets, type StepResult, stateOf } from "../methods/index.ts";
import { type Encoder, trainingMode } from "../nn/index.ts";
import { affine } from "../ops/index.ts";
import { ROW } from "../ops/viewRow.ts";
import { input, leaves, type Tensor } from "../tensor.ts";
import { augment, type ViewConfig, viewExtents } from "./augment.ts";

export interface TraceOptions {
  method: Method;
  /** The method's own settings. */
  settings: unknown;
  encoder: () => Encoder;
  /** The data set, which lies on the device. */
  images: { count: number; height: number; width: number };
  /** Images of one shard, and how many shards make a batch. */
  batch: number;
  shards: number;
  views: ViewConfig;
  /** Samples that share batch statistics. */
  group?: number;
}

/** One shard's step, traced and differentiated. All that leaves it is weighted so that shards need only be added. */
export interface Trace {
  readonly nets: Nets;
  /** The images, u8; which of them each view shows [N]; what was drawn for each view [N, ROW]. */
  readonly pixels: Tensor;
  readonly index: Tensor;
  readonly rows: readonly Tensor[];
  /** What is trained, and its gradients. */
  readonly gradients: ReadonlyMap<Tensor, Tensor>;
  /** Running statistics, and what they take in. */
  readonly observed: ReadonlyMap<Tensor, Tensor>;
  /** Scalars for the log, `loss` first. */
  readonly metrics: Readonly<Record<string, Tensor>>;
  readonly after?: StepResult["after"];
}

/** Runs the method's step once on symbolic tensors. */
export function traceStep({ method, settings, images, batch, shards, ...options }: TraceOptions): Trace {
  const nets = method.build(options.encoder, settings);
  const pixels = input([images.count, images.height, images.width, 3], "u8");
  const index = input([batch], "u32");
  const rows = Array.from({ length: method.views }, () => input([batch, ROW]));
  const extents = viewExtents(options.views, images);
  const views = rows.map((row) => augment(pixels, index, row, extents, options.views));

  const mode = trainingMode(options.group);
  const { loss, metrics, after } = method.step(nets, views, settings, mode);
  const weighted = (x: Tensor) => (shards === 1 ? x : affine(x, { scale: 1 / shards }));
  const share = weighted(loss);
  const trained = reached(share);
  const parameters = [...leaves(stateOf(nets))].map(([, leaf]) => leaf).filter((leaf) => trained.has(leaf));
  const grads = gradients(share, parameters);
  return {
    ...{ nets, pixels, index, rows, after },
    gradients: new Map(parameters.map((leaf, i) => [leaf, grads[i]])),
    observed: new Map([...mode.observed].map(([leaf, value]) => [leaf, weighted(value)])),
    metrics: { loss: share, ...mapValues(metrics ?? {}, weighted) },
  };
}

const mapValues = <T, U>(record: Record<string, T>, change: (value: T) => U): Record<string, U> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
