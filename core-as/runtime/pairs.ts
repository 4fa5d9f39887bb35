import { packFour } from "./pack";
import { share } from "./share";
import { COLUMNS, fetch, packedRows, packRows, ROWS, rowsTile, spill, TABLE } from "./tile";

// Similarities of rows of z [M, D] to each other, in square blocks in a thread's own scratch, so that no M x M matrix exists.
// They are symmetric: blocks I and J of rows meet once, and what they find serves both. In round r of a tournament those meet
// whose sum is r modulo the number of blocks: none is in two meetings of a round, so threads share one without atomics, and
// what is added to a block comes in the order of the rounds, whoever computes it.

/** Rows of a block: whole panels and whole tiles. */
export const BLOCK: u32 = 96;

export function blocksOf(M: u32): u32 {
  return (M + BLOCK - 1) / BLOCK;
}

/** Rows that a block has, of M. */
export function rowsOf(M: u32, block: u32): u32 {
  return min(M - block * BLOCK, BLOCK);
}

/** Meetings of a round; those of a thread go from one share to the next. */
export function meeting(round: u32, blocks: u32, thread: u32, threads: u32): u32 {
  return share((round >> 1) + 1 + ((round + blocks) >> 1) - round, 1, thread, threads);
}

/** The lower block of a meeting; the other is what the round's number leaves. */
export function lower(round: u32, meeting: u32): u32 {
  return meeting <= round >> 1 ? meeting : round + meeting - (round >> 1);
}

export function upper(round: u32, lower: u32, blocks: u32): u32 {
  return lower <= round ? round - lower : round + blocks - lower;
}

/** A tile's table with its one offset and a tile for overhangs. */
const FIXED: usize = (TABLE + 16 + ((ROWS * COLUMNS) << 2) + 63) & ~63;

/** Bytes of a block as panels for the similarities, [BLOCK / 8][D][8]. */
function panelBytes(D: u32): usize {
  return (<usize>BLOCK * D) << 2;
}

/** Bytes of a thread's scratch for scores: the table, the scores, I in panels, six rows of J. */
export function pairBytes(D: u32): usize {
  return FIXED + ((BLOCK * BLOCK) << 2) + panelBytes(D) + packedRows(max(D, BLOCK));
}

/** Where the scores of a meeting lie: [BLOCK of J][BLOCK of I]. */
export function scoresOf(scratch: usize): usize {
  return scratch + FIXED;
}

function panelsOf(scratch: usize): usize {
  return scoresOf(scratch) + ((BLOCK * BLOCK) << 2);
}

function sixOf(scratch: usize, D: u32): usize {
  return panelsOf(scratch) + panelBytes(D);
}

/** scores[j][i] = z[J + j] . z[I + i] * scale; what is beyond the last row is not used. */
export function scorePair(scratch: usize, z: usize, M: u32, D: u32, I: u32, J: u32, scale: f32): void {
  const panels = panelsOf(scratch);
  const six = sixOf(scratch, D);
  const panel = (<usize>D) << 5;
  const width = (rowsOf(M, I) + COLUMNS - 1) / COLUMNS;
  for (let p: u32 = 0; p < width; p++) packPanel(z, M, D, I * BLOCK + p * COLUMNS, scale, panels + p * panel);
  const j1 = J * BLOCK + rowsOf(M, J);
  const offset = scratch + TABLE;
  store<usize>(offset, 0);
  let row = scoresOf(scratch);
  for (let j = J * BLOCK; j < j1; j += ROWS) {
    for (let r: u32 = 0; r < ROWS; r++, row += BLOCK << 2) {
      store<usize>(scratch + (r << 2), z + ((<usize>min(j + r, j1 - 1) * D) << 2));
      store<usize>(scratch + (r << 2), row, 24);
    }
    packRows(scratch, offset, 1, D, six);
    for (let p: u32 = 0; p < width; p++) rowsTile(scratch, six, panels + p * panel, D, p << 5, false);
  }
}

/** Eight rows from `first` on, times `scale`, side by side: [D][8]; zeros beyond the last row. */
function packPanel(z: usize, M: u32, D: u32, first: u32, scale: f32, to: usize): void {
  const row = (<usize>D) << 2;
  const from = z + first * row;
  if (first + COLUMNS <= M)
    for (let half: u32 = 0; half < 2; half++) packFour(from + 4 * half * row, row, D, to + (half << 4));
  else
    for (let d: u32 = 0; d < D; d++)
      for (let i: u32 = 0; i < COLUMNS; i++)
        store<f32>(
          to + ((<usize>d) << 5) + (i << 2),
          first + i < M ? load<f32>(from + i * row + ((<usize>d) << 2)) : 0,
        );
  for (let at: usize = 0; at < row << 3; at += 16)
    v128.store(to + at, f32x4.mul(v128.load(to + at), f32x4.splat(scale)));
}

/** Where a block meets itself: what stands on the diagonal gets another value. */
export function setSelf(scratch: usize, value: f32): void {
  for (let i: u32 = 0; i < BLOCK; i++) store<f32>(scoresOf(scratch) + ((i * (BLOCK + 1)) << 2), value);
}

/** Bytes of a block of z in panels of its columns, [D / 8][BLOCK][8]. */
export function columnBytes(D: u32): usize {
  return <usize>((D + COLUMNS - 1) / COLUMNS) * BLOCK * (COLUMNS << 2);
}

/** Packs a block of z in panels of its columns; those beyond the last hold what follows. */
export function packColumns(z: usize, M: u32, D: u32, block: u32, to: usize): void {
  const rows = rowsOf(M, block);
  const from = z + ((<usize>block * BLOCK * D) << 2);
  for (let d: u32 = 0; d < D; d += COLUMNS, to += BLOCK * (COLUMNS << 2))
    for (let i: u32 = 0; i < rows; i++) {
      const at = from + ((<usize>i * D + d) << 2);
      v128.store(to + (i << 5), v128.load(at));
      v128.store(to + (i << 5), v128.load(at, 16), 16);
    }
}

/**
 * dz[target's rows] += weights times the rows of another block, whose columns are packed. `across`: the weights, which lie where
 * the scores lay, have the target's rows along their lines (it is J), or else along their lanes (I).
 */
export function addWeighted(
  scratch: usize,
  dz: usize,
  M: u32,
  D: u32,
  target: u32,
  other: u32,
  columns: usize,
  across: bool,
): void {
  const six = sixOf(scratch, D);
  const count = rowsOf(M, target);
  const depth = rowsOf(M, other);
  const tile = scratch + TABLE + 16;
  const line: usize = BLOCK << 2;
  store<usize>(scratch + TABLE, 0);
  for (let i: u32 = 0; i < count; i += ROWS) {
    const rows = min(count - i, ROWS);
    if (across) {
      for (let r: u32 = 0; r < ROWS; r++)
        store<usize>(scratch + (r << 2), scoresOf(scratch) + (i + r) * line);
      packRows(scratch, scratch + TABLE, 1, depth, six);
    } else packLanes(scoresOf(scratch) + (i << 2), depth, six);
    for (let r: u32 = 0; r < ROWS; r++) {
      const row = dz + ((<usize>(target * BLOCK + i + min(r, rows - 1)) * D) << 2);
      store<usize>(scratch + (r << 2), row); // the true targets, of overhangs
      store<usize>(scratch + (r << 2), row, 24);
    }
    const whole = rows == ROWS ? D / COLUMNS : 0;
    let panel = columns;
    for (let p: u32 = 0; p < whole; p++, panel += COLUMNS * line)
      rowsTile(scratch, six, panel, depth, p << 5, true);
    if (whole * COLUMNS == D) continue;
    for (let r: u32 = 0; r < ROWS; r++) store<usize>(scratch + (r << 2), tile + (r << 5), 24);
    for (let d = whole * COLUMNS; d < D; d += COLUMNS, panel += COLUMNS * line) {
      const some = min(D - d, COLUMNS);
      fetch(tile, scratch, rows, some, (<usize>d) << 2);
      rowsTile(scratch, six, panel, depth, 0, true);
      spill(tile, scratch, rows, some, (<usize>d) << 2);
    }
  }
}

/** Six neighbours of each line, one after another. */
function packLanes(from: usize, count: u32, to: usize): void {
  for (; count; count--, from += BLOCK << 2, to += ROWS << 2) {
    v128.store(to, v128.load(from));
    store<u64>(to, load<u64>(from, 16), 16);
  }
}
