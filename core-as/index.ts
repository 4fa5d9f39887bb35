import type { Backend, Command, Executable, Storage } from "../core/backend.ts";
import { type Call, valuesOf } from "../core/tensor.ts";
import { Heap } from "./heap.ts";
import { control, type Entry, HEAP, instantiate, kernelNames } from "./module.ts";

/** Compute threads that share the memory; they run a program together. */
export interface Crew {
  readonly threads: number;
  run(entry: Entry): Promise<void>;
  close(): Promise<void>;
}

export interface Options {
  /** The kernels, compiled: core-as/build/<level>[-threads].wasm. */
  module: WebAssembly.Module;
  /** "relaxed" fuses multiply and add, "plain" does not: each has its own bits. */
  level: "relaxed" | "plain";
  memory: WebAssembly.Memory;
  /** Whether the module was compiled with V8's 256-bit pairs (revectorize.ts), or why not: "yes", "no: <why>". */
  revectorized?: string;
  /** Without a crew the calling thread computes. */
  crew?: Crew;
}

const PAGE = 65536;
/** Room after every tensor that kernels may read, not use. */
const GUARD = 64;
const LIMIT = 2 ** 32 - PAGE;

/** The CPU backend: AssemblyScript kernels on linear memory. Workers-safe; Node's threads come as a crew. */
export function createBackend({ module, level, memory, revectorized, crew }: Options): Backend {
  const { kernels, base } = instantiate(module, memory);
  new Uint32Array(memory.buffer)[control.wide / 4] = Number(revectorized === "yes");
  const numbers = new Map(kernelNames(module).map((name, i) => [name, base + i]));
  const threads = crew?.threads ?? 1;
  const heap = new Heap(HEAP, LIMIT, (end) => {
    const missing = Math.ceil((end - memory.buffer.byteLength) / PAGE);
    if (missing > 0) memory.grow(missing);
  });
  const address = new Map<Storage, number>();
  let turn: Promise<unknown> = Promise.resolve(); // of the run that was started last

  function allocate(bytes: number): Storage {
    const taken = Math.ceil((bytes + GUARD) / GUARD) * GUARD;
    const at = heap.take(taken);
    const storage = { bytes, free: () => void (address.delete(storage) && heap.give(at, taken)) };
    address.set(storage, at);
    return storage;
  }

  const at = (storage: Storage, offset: number): number => {
    const start = address.get(storage);
    if (start === undefined) throw new Error("as: storage was freed");
    return start + offset;
  };

  /** Writes a kernel's argument block: addresses of inputs, output and scratch, then the op's fields. */
  function writeArguments(block: number, call: Call, places: number[]): void {
    const view = new DataView(memory.buffer, block);
    const integers = [...places, ...Object.values(call.u32)];
    integers.forEach((value, i) => {
      view.setUint32(4 * i, value, true);
    });
    Object.values(call.f32).forEach((value, i) => {
      view.setFloat32(4 * (integers.length + i), value, true);
    });
  }

  const words = (call: Call, inputs: number): number =>
    inputs + 2 + Object.keys(call.u32).length + Object.keys(call.f32).length;

  async function compile(commands: readonly Command[], segments: readonly number[]): Promise<Executable> {
    const head = commands.length * 8;
    const bytes = commands.reduce((sum, { call, inputs }) => sum + 4 * words(call, inputs.length), head);
    const program = allocate(Math.max(bytes, 4));
    const list = at(program, 0);
    let block = list + head;
    commands.forEach(({ call, inputs, output, scratch }, i) => {
      const number = numbers.get(call.op);
      if (number === undefined) throw new Error(`as: there is no kernel ${call.op}`);
      new DataView(memory.buffer, list + 8 * i, 8).setUint32(0, number, true);
      new DataView(memory.buffer, list + 8 * i, 8).setUint32(4, block, true);
      const places = [...inputs, output].map((place) => at(place.storage, place.offset));
      writeArguments(block, call, [...places, scratch ? at(scratch.storage, scratch.offset) : 0]);
      block += 4 * words(call, inputs.length);
    });
    const ends = [...segments.slice(1), commands.length];
    const entries = segments.map((from, i) => ({ list: list + 8 * from, count: ends[i] - from }));
    const whole = { list, count: commands.length };
    return {
      async run(segment) {
        const entry = segment === undefined ? whole : entries[segment];
        if (!crew) return kernels.run(entry.list, entry.count, 0, 1);
        const run = turn.then(() => crew.run(entry));
        turn = run.catch(() => {}); // whoever awaits the run is told
        return run;
      },
      free: () => program.free(),
    };
  }

  return {
    name: "as",
    description: { threads, simd: level, ...(revectorized && { revectorized }) },
    precisions: ["f32"],
    alignment: 64,
    arenas: 1,
    limits: { tensor: LIMIT, storage: LIMIT, total: LIMIT - HEAP },
    scratch(call) {
      const ask = kernels[`${call.op}Scratch`] as ((args: number, threads: number) => number) | undefined;
      if (!ask) return 0;
      writeArguments(control.probe, call, Array(call.inputs.length - Number(call.inPlace) + 2).fill(0));
      return ask(control.probe, threads) >>> 0;
    },
    allocate,
    write(storage, offset, values) {
      const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
      new Uint8Array(memory.buffer, at(storage, offset), bytes.length).set(bytes);
    },
    async read(storage, offset, dtype, elements) {
      await turn;
      const Kind = valuesOf[dtype];
      const out = new Kind(new ArrayBuffer(elements * (dtype === "u8" ? 1 : 4)));
      new Uint8Array(out.buffer).set(new Uint8Array(memory.buffer, at(storage, offset), out.byteLength));
      return out;
    },
    compile,
    usage: () => ({ ...heap.usage }),
    isLost: () => false,
    close: async () => crew?.close(),
  };
}
