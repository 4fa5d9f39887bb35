import { COLUMNS, packedRows, packRows, ROWS, rowsTile, TABLE } from "./tile";

// Similarities of queries q [N, D] to keys k [K, D], block by block in a thread's own scratch, so that no N x K matrix exists.
// A block is [OTHERS][OWNERS]: owners lie along the lanes, which sums and maxima over the others never have to cross.

/** Queries whose sums a thread gathers at a time: whole panels of eight, and whole tiles of six where they are summed up. */
export const OWNERS: u32 = 24;
/** Keys that pass by in one block. */
export const OTHERS: u32 = 48;

/** Bytes of a thread's scratch: a tile's table with its one offset, the owners' panels, the scores, six others packed. */
export function similarityBytes(D: u32): usize {
  return 64 + ((<usize>OWNERS * D) << 2) + ((OTHERS * OWNERS) << 2) + packedRows(D);
}

/** Where the scores of the current block lie. */
export function scoresOf(scratch: usize, D: u32): usize {
  return scratch + 64 + ((<usize>OWNERS * D) << 2);
}

/** Packs owners i0 .. i0 + OWNERS of q, times `scale`, into panels [OWNERS / 8][D][8]; zeros beyond the last row. */
export function packOwners(scratch: usize, q: usize, N: u32, D: u32, i0: u32, scale: f32): void {
  store<usize>(scratch + TABLE, 0);
  const panels = scratch + 64;
  for (let i: u32 = 0; i < OWNERS; i++) {
    const from = q + ((<usize>(i0 + i) * D) << 2);
    const to = panels + ((<usize>((i / COLUMNS) * D * COLUMNS + (i % COLUMNS))) << 2);
    for (let d: u32 = 0; d < D; d++)
      store<f32>(to + ((<usize>d) << 5), i0 + i < N ? load<f32>(from + ((<usize>d) << 2)) * scale : 0);
  }
}

/** scores[j - j0][i - i0] = k[j] . (q[i] * scale) for others j0 .. j1, at most OTHERS of them. */
export function score(scratch: usize, k: usize, D: u32, j0: u32, j1: u32): void {
  const panels = scratch + 64;
  const scores = scoresOf(scratch, D);
  const packed = scores + ((OTHERS * OWNERS) << 2);
  for (let j = j0; j < j1; j += ROWS) {
    for (let r: u32 = 0; r < ROWS; r++) {
      store<usize>(scratch + (r << 2), k + ((<usize>min(j + r, j1 - 1) * D) << 2));
      store<usize>(scratch + (r << 2), scores + (((j - j0 + r) * OWNERS) << 2), 24);
    }
    packRows(scratch, scratch + TABLE, 1, D, packed);
    for (let panel: u32 = 0; panel < OWNERS / COLUMNS; panel++)
      rowsTile(scratch, packed, panels + ((<usize>panel * D) << 5), D, panel << 5, false);
  }
}
