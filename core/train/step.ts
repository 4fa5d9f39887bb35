import { gradients, reached } from "../autograd.ts";
import type { Backend } from "../backend.ts";
import { Memory } from "../memory.ts";
import { type Method, type Nets, stateOf } from "../methods/index.ts";
import { type Encoder, trainingMode } from "../nn/index.ts";
import { colorJitter, concat, crop, ema, grayscale, normalizeColor, putRows } from "../ops/index.ts";
import { ROW } from "../ops/viewRow.ts";
import type { Optimizer } from "../optim/index.ts";
import { type Assignment, compile, type Program } from "../program.ts";
import { size } from "../shape.ts";
import { input, leaves, part, reshape, state, type Tensor } from "../tensor.ts";
import type { GradientVector } from "./aggregator.ts";
import { type Arena, layOut, placeIn } from "./arena.ts";

/** What running statistics keep of themselves at each step: 1 minus PyTorch's default momentum of 0.1. */
const RUNNING_MOMENTUM = 0.9;

/** Steps whose metrics the device remembers. */
export const RING = 64;

/** Colours of a view: how it is normalised after augmentation. */
export interface ColorSpec {
  mean: readonly [number, number, number];
  std: readonly [number, number, number];
}

export interface StepOptions {
  backend: Backend;
  method: Method;
  /** The method's own settings. */
  settings: unknown;
  encoder: () => Encoder;
  optimizer: Optimizer;
  /** [count, height, width, 3] of the data set, which lies on the device. */
  images: { count: number; height: number; width: number };
  batch: number;
  /** Pixels of a view. */
  view: { height: number; width: number };
  color: ColorSpec;
  /** Samples that share batch statistics. */
  group?: number;
}

/** A training step, compiled: two programs, between which gradients may be aggregated, and the leaves that feed them. */
export interface Step {
  readonly memory: Memory;
  readonly nets: Nets;
  readonly arena: Arena;
  /** The images on the device, u8. */
  readonly pixels: Tensor;
  /** Which sample each view shows [N]. */
  readonly index: Tensor;
  /** The drawn parameters of each view's rows [N, ROW], one tensor a view. */
  readonly rows: readonly Tensor[];
  readonly optimizerSettings: Tensor;
  /** Where in the ring this step's metrics go. */
  readonly position: Tensor;
  /** Metrics of the last steps [RING, names]. */
  readonly ring: Tensor;
  readonly metricNames: readonly string[];
  readonly vector: GradientVector;
  readonly gradient: Program;
  readonly update: Program;
}

/** Traces the method once, differentiates it and compiles both programs. Nothing is allocated on the device after this. */
export async function compileStep(options: StepOptions): Promise<Step> {
  const { backend, method, settings, optimizer, images, batch, group } = options;
  const memory = new Memory(backend);
  const nets = method.build(options.encoder, settings);

  const pixels = input([images.count, images.height, images.width, 3], "u8");
  const index = input([batch], "u32");
  const rows = Array.from({ length: method.views }, () => input([batch, ROW]));
  const views = rows.map((row) => augment(pixels, index, row, options));

  const mode = trainingMode(group);
  const { loss, metrics = {}, after } = method.step(nets, views, settings, mode);
  const trained = reached(loss);
  const known = new Map([...leaves(stateOf(nets))].map(([path, leaf]) => [leaf, path]));
  const parameters = [...known.keys()].filter((leaf) => trained.has(leaf));
  const arena = layOut(parameters, { rows: 1 + optimizer.slots.length });
  const running = layOut(mode.observed.keys());
  for (const leaf of parameters) memory.place(leaf, placeIn(arena, leaf));
  for (const leaf of mode.observed.keys()) memory.place(leaf, placeIn(running, leaf));

  const vector = state([arena.width + running.width]);
  const grads = gradients(loss, parameters);
  const reported = { loss, ...metrics };
  const metricRow = Object.values(reported)
    .map((x) => reshape(x, [1]))
    .reduce((a, b) => concat(a, b));
  const ring = state([RING, size(metricRow.shape)]);
  const position = input([1], "u32");
  const gradient = await compile(backend, memory, [
    [
      ...parameters.map(
        (leaf, i): Assignment => ({
          target: part(vector, arena.offsets.get(leaf)!, leaf.shape),
          value: grads[i],
        }),
      ),
      ...[...mode.observed].map(
        ([leaf, value]): Assignment => ({
          target: part(vector, arena.width + running.offsets.get(leaf)!, leaf.shape),
          value,
        }),
      ),
      { target: ring, value: putRows(ring, reshape(metricRow, [1, size(metricRow.shape)]), position) },
    ],
  ]);

  const optimizerSettings = input([optimizer.settings(0).length]);
  const runningMomentum = input([1]);
  const updated = optimizer.update(arena.base, part(vector, 0, [arena.width]), optimizerSettings);
  const observed = part(vector, arena.width, running.base.shape);
  const update = await compile(backend, memory, [
    [
      { target: arena.base, value: updated },
      ...(running.width
        ? [{ target: running.base, value: ema(running.base, observed, runningMomentum) }]
        : []),
    ],
    after?.() ?? [],
  ]);

  for (const x of [vector, arena.base, running.base])
    if (size(x.shape)) memory.write(x, new Float32Array(size(x.shape)));
  memory.write(runningMomentum, Float32Array.of(RUNNING_MOMENTUM));
  return {
    ...{ memory, nets, arena, pixels, index, rows, optimizerSettings, position, ring, gradient, update },
    metricNames: Object.keys(reported),
    vector: {
      length: size(vector.shape),
      read: async () => (await memory.read(vector)) as Float32Array,
      write: (values) => memory.write(vector, values),
    },
  };
}

/** The rows' views of the indexed images, normalised [N, height, width, 3]. */
function augment(pixels: Tensor, index: Tensor, rows: Tensor, { view, color }: StepOptions): Tensor {
  const cropped = crop(pixels, index, rows, view);
  return normalizeColor(grayscale(colorJitter(cropped, rows), rows), color);
}
