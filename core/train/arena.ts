import { size } from "../shape.ts";
import { part, state, type Tensor } from "../tensor.ts";

/** Numbers that places in an arena are multiples of: 256 bytes, which WebGPU demands of what it binds. */
const ALIGNMENT = 64;

/** Tensors side by side in one flat row, so that one op serves them all. */
export interface Arena {
  /** [rows, width]; row 0 holds the tensors' values. */
  readonly base: Tensor;
  readonly width: number;
  readonly offsets: ReadonlyMap<Tensor, number>;
}

/** Lays tensors out in order. Gaps between them are zeros and stay so under every update. */
export function layOut(tensors: Iterable<Tensor>, { rows = 1 } = {}): Arena {
  const offsets = new Map<Tensor, number>();
  let width = 0;
  for (const x of tensors) {
    offsets.set(x, width);
    width += Math.ceil(size(x.shape) / ALIGNMENT) * ALIGNMENT;
  }
  return { base: state([rows, width]), width, offsets };
}

/** A tensor's place in a row. */
export const placeIn = (arena: Arena, x: Tensor, row = 0): Tensor =>
  part(arena.base, row * arena.width + arena.offsets.get(x)!, x.shape);
