// Whether products are summed in tiles of sixteen columns. Where V8 pairs 128-bit vectors into 256-bit ones
// (--experimental-wasm-revectorize; see core-as/revectorize.ts) such tiles take half the time of two of eight columns; where it
// does not, their sums do not fit into registers. Bits are the same, so that it is no part of a run.

/** The word in the first page that the host sets before any kernel runs (core-as/module.ts). */
const WIDE: usize = 512;

export function wide(): bool {
  return load<u32>(WIDE) != 0;
}
