import type { Backend, Precision } from "../backend.ts";
import { freeing } from "../freeing.ts";
import { Memory } from "../memory.ts";
import { stateOf } from "../methods/index.ts";
import { blockSquares, clipNorm, ema, mul, nonFinite, putRows, sum } from "../ops/index.ts";
import { BLOCK } from "../ops/owners.ts";
import type { Optimizer, Options } from "../optim/index.ts";
import { type Assignment, compile, type Program } from "../program.ts";
import { size } from "../shape.ts";
import { input, leaves, part, state, type Tensor, zeros } from "../tensor.ts";
import { type Arena, layOut, placeIn } from "./arena.ts";
import { type Trace, type TraceOptions, traceStep } from "./trace.ts";

/** What running statistics keep of themselves at each step: 1 minus PyTorch's default momentum of 0.1. */
const RUNNING_MOMENTUM = 0.9;

/** Steps whose metrics the device remembers. */
export const RING = 64;

/** A training step, compiled: two programs, between which the round's vector may be aggregated. */
export interface Step {
  readonly memory: Memory;
  readonly trace: Trace;
  /** Row 0: all parameters; further rows: the optimizer's slots. */
  readonly parameters: Arena;
  /** Where each metric lies in the vector's last part and in a row of the ring. */
  readonly metrics: Arena;
  /** What the gradient program leaves, in order: gradients, what running statistics take in, metrics. */
  readonly vector: Tensor;
  /** What `Optimizer.settings` makes of each parameter's options. */
  readonly optimizerSettings: Tensor;
  readonly options: readonly Options[];
  /** Where in the ring this step's metrics go. */
  readonly position: Tensor;
  /** Metrics of the last steps [RING, names]. */
  readonly ring: Tensor;
  readonly gradient: Program;
  /** In segments: the metrics, what is learned, what follows. */
  readonly update: Program;
  /** Where products have f16 operands. */
  readonly scaling?: Scaling;
}

/** What the host writes and reads where the loss is scaled. */
export interface Scaling {
  /** What the loss is multiplied by, and what its gradients are []. */
  readonly scale: Tensor;
  readonly inverse: Tensor;
  /** What is no number in the round's vector, counted by the update's first segment. */
  readonly overflows: Tensor;
}

/** Traces the method, lays its state out and compiles both programs. Nothing is allocated on the device after this. */
export async function compileStep(
  backend: Backend,
  optimizer: Optimizer,
  traced: TraceOptions,
  precision: Precision = "f32",
): Promise<Step> {
  const memory = new Memory(backend);
  const [scale, inverse] = precision === "f16" ? [input([]), input([])] : [];
  const trace = traceStep({ ...traced, lossScale: scale });
  const paths = new Map([...leaves(stateOf(trace.nets))].map(([path, leaf]) => [leaf, path]));
  const options = optimizer.options([...trace.gradients.keys()].map((leaf) => [paths.get(leaf)!, leaf]));
  const parameters = layOut(trace.gradients.keys(), { rows: 1 + optimizer.slots.length });
  const running = layOut(trace.observed.keys());
  for (const arena of [parameters, running])
    for (const leaf of arena.offsets.keys()) memory.place(leaf, placeIn(arena, leaf));

  const metrics = layOut(Object.values(trace.metrics));
  const vector = state([parameters.width + running.width + metrics.width]);
  const inVector = (arena: Arena, first: number, values: Iterable<readonly [Tensor, Tensor]>): Assignment[] =>
    [...values].map(([x, value]) => ({
      target: part(vector, first + arena.offsets.get(x)!, value.shape),
      value,
    }));
  const arrivals: Assignment[][] = [
    [
      ...inVector(parameters, 0, trace.gradients),
      ...inVector(running, parameters.width, trace.observed),
      ...inVector(
        metrics,
        parameters.width + running.width,
        Object.values(trace.metrics).map((x) => [x, x]),
      ),
      ...trace.gathered,
      ...trace.embeddings,
    ],
  ];
  const gradient = await compile(backend, memory, arrivals, precision).catch(freeing(memory));

  const settings = optimizer.settings(0, 0, options);
  const optimizerSettings = input([options.length, settings.length / options.length]);
  const owners = state([parameters.width / BLOCK], zeros, "u32");
  const momentum = input([1]);
  const position = input([1], "u32");
  const ring = state([RING, metrics.width]);
  const g = part(vector, 0, [parameters.width]);
  const observed = part(vector, parameters.width, running.base.shape);
  const scalars = part(vector, parameters.width + running.width, [1, metrics.width]);
  const statistics = running.width
    ? [{ target: running.base, value: ema(running.base, observed, momentum) }]
    : []; // no layer normalises
  const metered = { target: ring, value: putRows(ring, scalars, position) };
  const numbers = nonFinite(part(vector, 0, [parameters.width + running.width]));
  const overflows = state(numbers.shape, zeros, "u32");
  const { clip: max } = optimizer; // after what else reads the vector, so that it is clipped where it lies
  const unscaled = inverse ? mul(g, inverse) : g;
  const clipped = max === undefined ? unscaled : clipNorm(unscaled, sum(blockSquares(unscaled)), { max });
  const learned = optimizer.update(parameters.base, clipped, optimizerSettings, owners);
  const update = await compile(backend, memory, [
    [metered, ...(scale ? [{ target: overflows, value: numbers }] : [])],
    [
      { target: parameters.base, value: learned },
      ...(clipped === unscaled ? [] : [{ target: g, value: clipped }]),
      ...statistics,
    ],
    trace.after,
  ]).catch(freeing(gradient, memory));

  for (const x of [vector, parameters.base, running.base])
    if (size(x.shape)) memory.write(x, new Float32Array(size(x.shape))); // gaps are zeros
  memory.write(owners, ownersOf(parameters));
  memory.write(momentum, Float32Array.of(RUNNING_MOMENTUM));
  return {
    ...{ memory, trace, parameters, metrics, vector, optimizerSettings, options, position, ring },
    ...{ gradient, update },
    scaling: scale && inverse && { scale, inverse, overflows },
  };
}

/** Which parameter each block of an arena belongs to. */
function ownersOf({ offsets, width }: Arena): Uint32Array {
  const owners = new Uint32Array(width / BLOCK);
  [...offsets.values()].forEach((first, n) => {
    owners.fill(n, first / BLOCK);
  });
  return owners;
}

/** The metrics of one row of the ring, by name. */
export function metricsAt(ring: Float32Array, row: number, { trace, metrics }: Step): Record<string, number> {
  const at = (x: Tensor) => row * metrics.width + metrics.offsets.get(x)!;
  return Object.fromEntries(Object.entries(trace.metrics).map(([name, x]) => [name, ring[at(x)]]));
}
