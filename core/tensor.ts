import { type Shape, show, size } from "./shape.ts";

/** Element types on a device. u8 is for images, u32 for labels and indices; everything that learns is f32. */
export type Dtype = "f32" | "u32" | "u8";

export const bytesPerElement: Record<Dtype, number> = { f32: 4, u32: 4, u8: 1 };

/** Bytes that a tensor occupies: whole 32-bit words. */
export const bytesOf = (x: Tensor): number => Math.ceil((size(x.shape) * bytesPerElement[x.dtype]) / 4) * 4;

/** What the host reads and writes. */
export type Values = Float32Array | Uint32Array | Uint8Array;

export const valuesOf: Record<Dtype, new (buffer: ArrayBuffer) => Values> = {
  f32: Float32Array,
  u32: Uint32Array,
  u8: Uint8Array,
};

/** Where a tensor's value comes from. */
export type Origin =
  /** Written by the host, whenever it likes, between runs. */
  | { kind: "input" }
  /** Lives from run to run; `init` gives its first value, drawn from a stream keyed by its path in the state. */
  | { kind: "state"; init: Init }
  /** The same elements under another shape; no gradient flows through a detached view. */
  | { kind: "view"; of: Tensor; detached?: true }
  /** Elements of a state tensor from `offset` on: one parameter in the arena of all. */
  | { kind: "part"; of: Tensor; offset: number }
  /** Computed by an op. */
  | { kind: "op"; call: Call };

/** One application of an op: what a program runs. */
export interface Call {
  readonly op: string;
  readonly inputs: readonly Tensor[];
  /** Kernel parameters, in the order in which kernels receive them: first the u32 fields, then the f32 fields. */
  readonly u32: Readonly<Record<string, number>>;
  readonly f32: Readonly<Record<string, number>>;
  /** The output overwrites the first input. */
  readonly inPlace: boolean;
  /** The gradient of a scalar loss with respect to each input, given that of the output; null where none flows. */
  gradient(dy: Tensor, y: Tensor): readonly (Tensor | null)[];
}

/** Fills a state tensor: `path` is its name in the checkpoint, `seed` the run's. */
export type Init = (values: Values, key: { seed: number; path: string }) => void;

let created = 0;

/** A value that a program will compute: symbolic, it holds no numbers. */
export class Tensor {
  /** Order of creation: a program runs ops as they were written. */
  readonly order: number = created++;
  readonly shape: Shape;
  readonly dtype: Dtype;
  readonly origin: Origin;

  constructor(shape: Shape, dtype: Dtype, origin: Origin) {
    this.shape = shape;
    this.dtype = dtype;
    this.origin = origin;
  }
}

/** A tensor that the host writes: batches, labels, learning rates. */
export const input = (shape: Shape, dtype: Dtype = "f32"): Tensor =>
  new Tensor(shape, dtype, { kind: "input" });

export const zeros: Init = (values) => values.fill(0);
export const ones: Init = (values) => values.fill(1);

/** A tensor that lives from run to run: parameters, statistics, queues. */
export const state = (shape: Shape, init: Init = zeros, dtype: Dtype = "f32"): Tensor =>
  new Tensor(shape, dtype, { kind: "state", init });

/** The same elements under another shape; costs nothing. Throws where the sizes differ. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  if (size(shape) !== size(x.shape))
    throw new Error(`reshape: sizes differ; got ${show(x.shape)} and ${show(shape)}`);
  return new Tensor(shape, x.dtype, { kind: "view", of: x });
}

/** Elements of a state tensor from `offset` on, under a shape of their own. */
export const part = (of: Tensor, offset: number, shape: Shape): Tensor =>
  new Tensor(shape, of.dtype, { kind: "part", of, offset });

/** A nested record of tensors: paths such as `encoder.layer1.0.conv1.weight` are the checkpoint's keys. */
export type Tree = { readonly [name: string]: Tensor | Tree };

/** All leaves of a tree with their paths, in the order in which they were written. */
export function* leaves(tree: Tree, prefix = ""): Generator<[path: string, leaf: Tensor]> {
  for (const [name, value] of Object.entries(tree)) {
    if (value instanceof Tensor) yield [prefix + name, value];
    else yield* leaves(value, `${prefix}${name}.`);
  }
}
