import { ancestry, gradients, reached } from "../autograd.ts";
import type { ViewConfig } from "../data/views.ts";
import { type Method, type Nets, type PerStep, stateOf } from "../methods/index.ts";
import { type Encoder, trainingMode } from "../nn/index.ts";
import { affine, mul, putRows, scatterLabels } from "../ops/index.ts";
import type { Assignment } from "../program.ts";
import { size } from "../shape.ts";
import {
  bytesPerElement,
  input,
  leaves,
  reshape,
  state,
  type Tensor,
  type Values,
  valuesOf,
} from "../tensor.ts";
import type { NormalizeConfig } from "./augment.ts";
import { sampleKeys } from "./sampleKeys.ts";
import { type Shown, type ShownViews, showViews } from "./shown.ts";

export interface TraceOptions {
  method: Method;
  /** The method's own settings. */
  settings: unknown;
  encoder: () => Encoder;
  images: Shown;
  /** Images of one shard, and how many shards make a batch. */
  batch: number;
  shards: number;
  views: readonly ViewConfig[];
  normalize: NormalizeConfig;
  /** Images that share batch statistics. */
  group?: number;
  /** What the loss is multiplied by before it is differentiated []. */
  lossScale?: Tensor;
}

/** One shard's step, traced and differentiated. All that leaves it is weighted so that shards need only be added. */
export interface Trace extends Omit<ShownViews, "views"> {
  readonly nets: Nets;
  /** Which samples are shown in all shards [shards N]. */
  readonly indices: Tensor;
  /** What is trained, and its gradients, times the loss's scale. */
  readonly gradients: ReadonlyMap<Tensor, Tensor>;
  /** Running statistics, and what they take in. */
  readonly observed: ReadonlyMap<Tensor, Tensor>;
  /** Scalars for the log, `loss` first. */
  readonly metrics: Readonly<Record<string, Tensor>>;
  /** The embeddings of the last shard, one a view, and where they are kept. */
  readonly embeddings: readonly Assignment[];
  /** What the host writes before each shard, with the array to fill. */
  readonly scheduled: ReadonlyMap<Tensor, { values: Values; write: PerStep["write"] }>;
  /** What a shard adds to the rows of the whole batch. */
  readonly gathered: readonly Assignment[];
  /** What follows the update. */
  readonly after: readonly Assignment[];
}

/** Runs the method's step once on symbolic tensors. */
export function traceStep({ method, settings, images, batch, shards, ...options }: TraceOptions): Trace {
  const nets = method.build(options.encoder, settings, { samples: images.count });
  const { views, ...shown } = showViews(images, options.views, {
    ...{ count: method.views, batch, normalize: options.normalize },
  });
  const { index } = shown;
  const indices = shards === 1 ? index : input([shards * batch], "u32");

  const schedules = method.schedules?.(settings, batch) ?? {};
  const given = mapValues(schedules, ({ shape, dtype }) => input(shape, dtype));
  const keys = sampleKeys(batch);
  const key = input(keys.shape, keys.dtype);
  const mode = trainingMode(options.group, key);
  const {
    loss,
    metrics,
    embeddings = [],
    after,
  } = method.step(nets, views, settings, mode, { ...given, index });
  const weighted = (x: Tensor) => (shards === 1 ? x : affine(x, { scale: 1 / shards }));
  const share = weighted(loss);
  const trained = reached(share);
  const parameters = [...leaves(stateOf(nets))].map(([, leaf]) => leaf).filter((leaf) => trained.has(leaf));
  const grads = gradients(options.lossScale ? mul(share, options.lossScale) : share, parameters);
  const scheduled = new Map(Object.entries(schedules).map(([name, each]) => [given[name], filled(each)]));
  const gathered: Assignment[] = [];
  const gather = (x: Tensor): Tensor => {
    if (x === index) return indices;
    const [whole, each, places] = gathering(x, shards);
    gathered.push(each);
    if (places) scheduled.set(...places);
    return whole;
  };
  const follows = after?.(gather) ?? [];
  const results = [
    loss,
    ...Object.values(metrics ?? {}),
    ...embeddings,
    ...gathered.map(({ value }) => value),
  ];
  if (ancestry(results).includes(key)) scheduled.set(key, filled(keys));
  return {
    ...{ ...shown, nets, indices, scheduled, gathered, after: follows },
    gradients: new Map(parameters.map((leaf, i) => [leaf, grads[i]])),
    observed: new Map([...mode.observed].map(([leaf, value]) => [leaf, weighted(value)])),
    embeddings: embeddings.map((value) => ({ target: state(value.shape), value })),
    metrics: { loss: share, ...mapValues(metrics ?? {}, weighted) },
  };
}

/** A schedule with the array that it fills. */
const filled = ({ shape, dtype = "f32", write }: PerStep): { values: Values; write: PerStep["write"] } => ({
  values: new valuesOf[dtype](new ArrayBuffer(size(shape) * bytesPerElement[dtype])),
  write,
});

/** The rows of all shards [shards N, ...], what a shard puts there, and where it goes. */
function gathering(
  x: Tensor,
  shards: number,
): [whole: Tensor, each: Assignment, places?: [Tensor, ReturnType<typeof filled>]] {
  const [N, ...rest] = x.shape;
  const whole = state([shards * N, ...rest], undefined, x.dtype);
  if (shards === 1) return [whole, { target: whole, value: x }];
  const u32 = x.dtype === "u32"; // a number a row
  const places = input([u32 ? N : 1], "u32"); // of each row, or of the first
  const write: PerStep["write"] = (values, { shard }) => {
    for (let n = 0; n < values.length; n++) values[n] = shard * N + n;
  };
  const matrix = (of: Tensor) => reshape(of, [of.shape[0], size(rest)]);
  const value = u32 ? scatterLabels(whole, x, places) : putRows(matrix(whole), matrix(x), places);
  return [whole, { target: whole, value }, [places, filled({ shape: places.shape, dtype: "u32", write })]];
}

const mapValues = <T, U>(record: Record<string, T>, change: (value: T) => U): Record<string, U> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
