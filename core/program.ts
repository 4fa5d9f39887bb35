import { ancestry } from "./autograd.ts";
import type { Backend, Command, Executable, Location, Precision, Storage } from "./backend.ts";
import type { Memory } from "./memory.ts";
import { type Planned, planWithin } from "./plan.ts";
import { bytesOf, type Call, Tensor } from "./tensor.ts";

/** `target`, a state tensor or a part of one, takes `value` when its segment ends. */
export interface Assignment {
  readonly target: Tensor;
  readonly value: Tensor;
}

/** A trace compiled for a backend: assignments in segments, replayed without allocation. */
export interface Program {
  /** Runs one segment, or all in order. */
  run(segment?: number): Promise<void>;
  /** Bytes of intermediate tensors as planned, of each arena and of the largest tensor, and number of kernel runs. */
  readonly memory: {
    readonly bytes: number;
    readonly arenas: readonly number[];
    readonly largest: number;
    readonly commands: number;
  };
  /** The storages of intermediate tensors: what a test fills with NaN. */
  readonly arenas: readonly Storage[];
  free(): void;
}

/** Bytes: all together, in one storage, and in one tensor. What a program needs, or a backend has. */
export interface Needs {
  readonly total: number;
  readonly storage: number;
  readonly tensor: number;
}

/** A program needs more than its backend has. */
export class PlanError extends RangeError {
  override name = "PlanError";
  readonly needed: Needs;
  readonly available: Needs;
  /** Which of them is exceeded. */
  readonly limit: keyof Needs;

  constructor(backend: string, needed: Needs, available: Needs, limit: keyof Needs) {
    super(
      `program: intermediate tensors need ${needed[limit]} bytes${withinOne[limit]}; ` +
        `${backend} has ${available[limit]}; use a smaller batch`,
    );
    this.needed = needed;
    this.available = available;
    this.limit = limit;
  }
}

/** Words for that of which the bytes are counted. */
export const withinOne: Record<keyof Needs, string> = {
  total: "",
  storage: " in one arena",
  tensor: " in one tensor",
};

/** Throws PlanError where a backend has not got what is needed, beside what it holds already. */
export function checkNeeds({ name, limits, usage }: Backend, needed: Needs): void {
  const available: Needs = { ...limits, total: Math.max(0, limits.total - usage().bytes) };
  for (const limit of ["total", "tensor", "storage"] as const)
    if (needed[limit] > available[limit]) throw new PlanError(name, needed, available, limit);
}

/** Rounded up to a multiple. */
const align = (bytes: number, to: number): number => Math.ceil(bytes / to) * to;

const copyCall = (x: Tensor): Call => ({
  op: "copy",
  inputs: [x],
  inPlace: false,
  u32: { words: bytesOf(x) / 4 },
  f32: {},
  gradient: () => [],
});

/** A value that some op computes: what is none, an input or the state of another tensor, is copied before it changes. */
const computed = (x: Tensor): Tensor =>
  source(x).origin.kind === "op" ? x : new Tensor(x.shape, x.dtype, { kind: "op", call: copyCall(x) });

/** A tensor is named by where its elements come from, whatever its shape: views share their source's place. */
function source(x: Tensor): Tensor {
  return x.origin.kind === "view" ? source(x.origin.of) : x;
}

/** A command whose intermediate tensors have no place yet. */
interface Step {
  call: Call;
  inputs: Tensor[];
  output: Tensor | Location;
}

/**
 * Compiles assignments to a program. Within a segment every op sees the state as it was when the segment began;
 * values are moved to their targets at its end, or computed there at once where nobody could tell the difference.
 *
 * Dead code never enters (only what assignments need is traced), intermediate tensors share memory by liveness.
 * Throws PlanError where intermediate tensors exceed the backend's limits, before any memory is taken for them.
 */
export async function compile(
  backend: Backend,
  memory: Memory,
  wanted: readonly (readonly Assignment[])[],
  precision: Precision = "f32",
): Promise<Program> {
  const segments = wanted.map((each) =>
    each.map(({ target, value }) => ({ target, value: computed(value) })),
  );
  const steps: Step[] = [];
  const starts: number[] = [];
  const placed = new Map<Tensor, Location>(); // intermediate tensors that are computed at their target
  const readers = countReaders(segments.flat().map(({ value }) => value));
  const traces = traceSegments(segments);

  for (const [i, assignments] of segments.entries()) {
    starts.push(steps.length);
    const trace = traces[i];
    const own = new Set(trace);
    const readLater = readsOf(traces.slice(i + 1), segments.slice(i + 1));
    const lastRead = new Map<Storage, number>();
    for (const x of trace)
      for (const from of callOf(x).inputs) {
        const leaf = source(from);
        if (leaf.origin.kind !== "op") lastRead.set(memory.locate(leaf).storage, x.order);
      }

    const moves: { from: Tensor; to: Location }[] = [];
    for (const { target, value } of assignments) {
      const from = source(value);
      const to = memory.locate(target);
      const free = own.has(from) && !placed.has(from) && !readLater.has(from);
      const call = free ? callOf(from) : undefined;
      const readAt = lastRead.get(to.storage) ?? -1;
      if (call?.inPlace && same(memory.tryLocate(source(call.inputs[0])), to) && readAt <= from.order) {
        placed.set(from, to);
      } else if (call && !call.inPlace && readAt < 0 && readers.get(from) === 1) {
        placed.set(from, to);
      } else moves.push({ from, to });
    }

    for (const x of trace) {
      const call = callOf(x);
      const inputs = call.inputs.map(source);
      if (!call.inPlace) steps.push({ call, inputs, output: placed.get(x) ?? x });
      else {
        const at = placed.get(x);
        if (!at) steps.push({ call: copyCall(x), inputs: [inputs[0]], output: x });
        steps.push({ call, inputs: inputs.slice(1), output: at ?? x });
      }
    }
    for (const { from, to } of moves) steps.push({ call: copyCall(from), inputs: [from], output: to });
  }
  return assemble(backend, memory, steps, starts, placed, precision);
}

/** What each segment computes, in order: all that its values need and no segment before it has computed. */
function traceSegments(segments: readonly (readonly Assignment[])[]): Tensor[][] {
  const done = new Set<Tensor>();
  return segments.map((assignments) => {
    const needed = ancestry(assignments.map(({ value }) => value));
    const trace = needed.filter((x) => x.origin.kind === "op" && !done.has(x));
    for (const x of trace) done.add(x);
    return trace;
  });
}

/** The tensors that segments read: as inputs of ops, or to assign them. */
function readsOf(traces: readonly Tensor[][], segments: readonly (readonly Assignment[])[]): Set<Tensor> {
  const inputs = traces.flat().flatMap((x) => callOf(x).inputs);
  return new Set([...inputs, ...segments.flat().map(({ value }) => value)].map(source));
}

/** How often each tensor is read: by ops, and by being wanted. */
function countReaders(wanted: readonly Tensor[]): Map<Tensor, number> {
  const readers = new Map<Tensor, number>();
  const count = (x: Tensor) => readers.set(source(x), (readers.get(source(x)) ?? 0) + 1);
  for (const x of ancestry(wanted)) if (x.origin.kind === "op") x.origin.call.inputs.forEach(count);
  wanted.forEach(count);
  return readers;
}

function callOf(x: Tensor): Call {
  if (x.origin.kind !== "op") throw new Error("program: not computed by an op");
  return x.origin.call;
}

const same = (a: Location | undefined, b: Location): boolean =>
  a?.storage === b.storage && a.offset === b.offset && a.bytes === b.bytes;

/** Gives every intermediate tensor a place and every kernel its scratch, and compiles the commands. */
async function assemble(
  backend: Backend,
  memory: Memory,
  steps: Step[],
  starts: number[],
  placed: Map<Tensor, Location>,
  precision: Precision,
): Promise<Program> {
  const isTemporary = (x: Tensor | Location): x is Tensor =>
    "origin" in x && x.origin.kind === "op" && !placed.has(x);
  const plans = new Map<Tensor | Step, Planned>();
  steps.forEach((step, at) => {
    const scratch = backend.scratch(step.call);
    if (scratch)
      plans.set(step, { bytes: align(scratch, backend.alignment), first: at, last: at, apart: [] });
    for (const x of step.inputs) if (isTemporary(x)) plans.get(x)!.last = at;
    if (!isTemporary(step.output)) return;
    const known = plans.get(step.output); // an op in place writes what a copy has prepared
    if (known) known.last = at;
    const bytes = align(bytesOf(step.output) + PADDING, backend.alignment);
    const plan = known ?? { bytes, first: at, last: at, apart: [] };
    for (const x of step.inputs)
      if (isTemporary(x)) {
        plan.apart.push(plans.get(x)!);
        plans.get(x)!.apart.push(plan);
      }
    plans.set(step.output, plan);
  });
  const segmentOf = (at: number) => starts.findLastIndex((start) => start <= at);
  for (const plan of plans.values()) {
    const segment = segmentOf(plan.last); // which may run again: what an earlier one computed for it stays
    if (segmentOf(plan.first) < segment) plan.last = (starts[segment + 1] ?? steps.length) - 1;
  }

  const { sizes } = planWithin([...plans.values()], backend.arenas, backend.limits.storage);
  const needed: Needs = {
    total: sizes.reduce((sum, bytes) => sum + bytes, 0),
    storage: Math.max(0, ...sizes),
    tensor: Math.max(0, ...[...plans.values()].map(({ bytes }) => bytes)),
  };
  checkNeeds(backend, needed);
  const arenas = sizes.map((bytes) => backend.allocate(bytes));

  const locate = (x: Tensor | Location): Location => {
    if (!("origin" in x)) return x;
    const plan = plans.get(x);
    if (plan) return { storage: arenas[plan.arena!], offset: plan.offset!, bytes: bytesOf(x) };
    return placed.get(x) ?? memory.locate(x);
  };
  const commands = steps.map((step): Command => {
    const scratch = plans.get(step);
    return {
      call: step.call,
      inputs: step.inputs.map(locate),
      output: locate(step.output),
      scratch: scratch && { storage: arenas[scratch.arena!], offset: scratch.offset!, bytes: scratch.bytes },
    };
  });
  const free = () => {
    for (const arena of arenas) arena.free();
  };
  const executable: Executable = await backend.compile(commands, starts, precision).catch((error) => {
    free();
    throw error;
  });
  return {
    run: (segment) => executable.run(segment),
    memory: { bytes: needed.total, arenas: sizes, largest: needed.tensor, commands: commands.length },
    arenas,
    free() {
      executable.free();
      free();
    },
  };
}

/** Kernels may read, but never use, up to one vector beyond a tensor's end. */
const PADDING = 64;
