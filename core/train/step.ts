import type { Backend } from "../backend.ts";
import { Memory } from "../memory.ts";
import { ema, putRows } from "../ops/index.ts";
import type { Optimizer } from "../optim/index.ts";
import { type Assignment, compile, type Program } from "../program.ts";
import { size } from "../shape.ts";
import { input, part, state, type Tensor } from "../tensor.ts";
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
  /** What the gradient program leaves, in order: gradients, what running statistics take in, metrics. */
  readonly vector: Tensor;
  readonly optimizerSettings: Tensor;
  /** Where in the ring this step's metrics go. */
  readonly position: Tensor;
  /** Metrics of the last steps [RING, names]. */
  readonly ring: Tensor;
  readonly gradient: Program;
  readonly update: Program;
}

/** Traces the method, lays its state out and compiles both programs. Nothing is allocated on the device after this. */
export async function compileStep(
  backend: Backend,
  optimizer: Optimizer,
  options: TraceOptions,
): Promise<Step> {
  const memory = new Memory(backend);
  const trace = traceStep(options);
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
  const gradient = await compile(backend, memory, [
    [
      ...inVector(parameters, 0, trace.gradients),
      ...inVector(running, parameters.width, trace.observed),
      ...inVector(
        metrics,
        parameters.width + running.width,
        Object.values(trace.metrics).map((x) => [x, x]),
      ),
    ],
  ]);

  const optimizerSettings = input([optimizer.settings(0).length]);
  const momentum = input([1]);
  const position = input([1], "u32");
  const ring = state([RING, metrics.width]);
  const g = part(vector, 0, [parameters.width]);
  const observed = part(vector, parameters.width, running.base.shape);
  const scalars = part(vector, parameters.width + running.width, [1, metrics.width]);
  const statistics = { target: running.base, value: ema(running.base, observed, momentum) };
  const update = await compile(backend, memory, [
    [
      { target: parameters.base, value: optimizer.update(parameters.base, g, optimizerSettings) },
      { target: ring, value: putRows(ring, scalars, position) },
      ...(running.width ? [statistics] : []),
    ],
    trace.after?.() ?? [],
  ]);

  for (const x of [vector, parameters.base, running.base])
    if (size(x.shape)) memory.write(x, new Float32Array(size(x.shape))); // gaps are zeros
  memory.write(momentum, Float32Array.of(RUNNING_MOMENTUM));
  return { memory, trace, parameters, vector, optimizerSettings, position, ring, gradient, update };
}

/** The metrics of one row of the ring: each lies where `layOut` put it. */
export function metricsAt(ring: Float32Array, row: number, trace: Trace): Record<string, number> {
  const { offsets, width } = layOut(Object.values(trace.metrics));
  return Object.fromEntries(
    Object.entries(trace.metrics).map(([name, x]) => [name, ring[row * width + offsets.get(x)!]]),
  );
}
