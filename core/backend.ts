import type { Call, Dtype, Values } from "./tensor.ts";

/** What operands of products (matrices, convolutions) are rounded to; sums, and all that is stored, are f32. */
export type Precision = "f32" | "f16";

/** Device memory that a backend owns. */
export interface Storage {
  readonly bytes: number;
  /** Gives the memory back; nothing may use it afterwards. */
  free(): void;
}

/** Where a tensor's elements lie: `offset` and `bytes` are multiples of 4, offsets of the backend's alignment. */
export interface Location {
  readonly storage: Storage;
  readonly offset: number;
  readonly bytes: number;
}

/** One kernel run. An op in place has the first input's location as its output and does not list that input. */
export interface Command {
  readonly call: Call;
  readonly inputs: readonly Location[];
  readonly output: Location;
  /** Working memory that the kernel asked for through `Backend.scratch`. */
  readonly scratch?: Location;
}

/** A compiled program, ready to be replayed any number of times. */
export interface Executable {
  /** Runs the given segment, or all of them in order. Resolves when the device has taken it in, and a bounded number of
   *  runs may be in flight; `Backend.read` sees their results. Rejects when the device is lost. */
  run(segment?: number): Promise<void>;
  /** Gives back what belongs to the executable alone (bind groups, argument blocks), not the storages. */
  free(): void;
}

/** A device: what the core says is to be computed, a backend computes. One contract test holds for all. */
export interface Backend {
  readonly name: "as" | "wgsl";
  /** Adapter, driver, features, or threads and SIMD level: all that identifies the bits it produces, and whether V8 pairs vectors. */
  readonly description: Readonly<Record<string, string | number | boolean>>;
  /** In what programs may be computed: f32 everywhere. */
  readonly precisions: readonly Precision[];
  /** Offsets of tensors are multiples of this many bytes. */
  readonly alignment: number;
  /** How many storages the planner spreads intermediate tensors over, or more where these get too large, such that no command
   *  reads the storage it writes (WebGPU forbids it); 1 if the device does not mind. */
  readonly arenas: number;
  /** The largest single tensor and the largest storage, in bytes. */
  readonly limits: { readonly tensor: number; readonly storage: number; readonly total: number };
  /** Bytes of working memory that the kernel needs for this call, besides its output. */
  scratch(call: Call): number;
  /** Memory with undefined content, and 64 readable bytes beyond it. Throws if the device has not got it. */
  allocate(bytes: number): Storage;
  /** Writes values at a byte offset. Not while a run is pending. */
  write(storage: Storage, offset: number, values: Values): void;
  /** Reads elements at a byte offset, after all runs so far. */
  read(storage: Storage, offset: number, dtype: Dtype, elements: number): Promise<Values>;
  /** Prepares commands for replay; segments lists the index of the first command of each segment. f32 where nothing is
   *  said; an operand that exceeds f16's 65504 becomes NaN. */
  compile(
    commands: readonly Command[],
    segments: readonly number[],
    precision?: Precision,
  ): Promise<Executable>;
  /** Bytes held on the device and number of storages, for leak checks. */
  usage(): { bytes: number; storages: number };
  /** Whether the device has been lost: all that is asked of it rejects, and only another one can go on. */
  isLost(): boolean;
  /** Ends threads and devices; nothing may be used afterwards. */
  close(): Promise<void>;
}
