import { barrier } from "../runtime/engine";
import { packFour } from "../runtime/pack";
import { moreRowsTile16, rowsTile16 } from "../runtime/rowsTile16";
import { share } from "../runtime/share";
import { COLUMNS, fetch, packedRows, packRows, ROWS, rowsTile, spill, TABLE } from "../runtime/tile";
import { wide } from "../runtime/wide";

// y[m, n] = sum over k of a[m, k] * b[k, n]. Arguments: a, b, y, scratch, M, N, K, ta, tb.
//
// The loops of BLIS (Van Zee and van de Geijn 2015): b is packed once into panels of eight columns, [N / 8][K][8], by all
// threads. Then each thread takes blocks of 48 rows and 384 of their numbers, packs them six rows side by side, so
// that they stay in the second cache while all panels pass, a stretch of a panel in the first while six rows after six pass.
// Transposed or not, only packing differs. Where `wide` holds, two panels pass together, by tiles of 6 x 16.

const BLOCK: u32 = 48;
const DEPTH: u32 = 384;
/** Panels that are packed together. */
const TOGETHER: u32 = 4;

/** Table of rows, one offset (0), a tile for overhangs. */
const FIXED: usize = (TABLE + 16 + ((ROWS * COLUMNS) << 2) + 63) & ~63;

/** Per thread, with a packed block. */
function privateBytes(K: u32): usize {
  return FIXED + (BLOCK / ROWS) * packedRows(min(K, DEPTH));
}

function packedBytes(N: u32, K: u32): usize {
  return (<usize>((N + 7) / 8) * K) << 5;
}

export function matmulScratch(args: usize, threads: u32): usize {
  const K = load<u32>(args, 24);
  return packedBytes(load<u32>(args, 20), K) + privateBytes(K) * threads;
}

export function matmul(args: usize, thread: u32, threads: u32): void {
  const a = load<usize>(args);
  const y = load<usize>(args, 8);
  const packed = load<usize>(args, 12);
  const M = load<u32>(args, 16);
  const N = load<u32>(args, 20);
  const K = load<u32>(args, 24);
  const ta = load<u32>(args, 28);

  pack(load<usize>(args, 4), packed, N, K, load<u32>(args, 32), thread, threads);
  barrier(threads); // every thread reads every panel

  const table = packed + packedBytes(N, K) + privateBytes(K) * thread;
  const rows = table + FIXED;
  const panel = (<usize>K) << 5;
  const each = min(BLOCK, (((M + threads - 1) / threads + ROWS - 1) / ROWS) * ROWS); // none without work where M is small
  const last = share(M, each, thread + 1, threads);
  for (let m0 = share(M, each, thread, threads); m0 < last; m0 += each) {
    const m1 = min(m0 + each, M);
    for (let k0: u32 = 0; k0 < K; k0 += DEPTH) {
      const depth = min(K - k0, DEPTH);
      if (ta) packColumns(a + ((<usize>k0 * M) << 2), M, m0, m1, depth, rows);
      else packBlock(table, a + ((<usize>k0) << 2), K, m0, m1, depth, rows);
      const whole = wide() ? N & ~(2 * COLUMNS - 1) : 0;
      let b = packed + ((<usize>k0) << 5);
      for (let n: u32 = 0; n < whole; n += 2 * COLUMNS, b += 2 * panel)
        multiplyWide(table, rows, b, b + panel, y, m0, m1, n, N, depth, k0 > 0);
      for (let n = whole; n < N; n += COLUMNS, b += panel)
        multiply(table, rows, b, y, m0, m1, n, N, depth, k0 > 0);
    }
  }
}

/** What `multiply` does, for two whole panels; a remainder of rows is left to it. */
function multiplyWide(
  table: usize,
  rows: usize,
  b: usize,
  next: usize,
  y: usize,
  m0: u32,
  m1: u32,
  n: u32,
  N: u32,
  depth: u32,
  more: bool,
): void {
  const column = (<usize>n) << 2;
  let m = m0;
  for (; m + ROWS <= m1; m += ROWS, rows += packedRows(depth)) {
    for (let r: u32 = 0; r < ROWS; r++) store<usize>(table + (r << 2), y + ((<usize>(m + r) * N) << 2), 24);
    if (more) moreRowsTile16(table, rows, b, next, depth, column);
    else rowsTile16(table, rows, b, next, depth, column);
  }
  if (m == m1) return;
  multiply(table, rows, b, y, m, m1, n, N, depth, more);
  multiply(table, rows, next, y, m, m1, n + COLUMNS, N, depth, more);
}

/** Rows m0 .. m1 of eight columns of y, from n on: the products of one stretch of numbers, or those added. */
function multiply(
  table: usize,
  rows: usize,
  b: usize,
  y: usize,
  m0: u32,
  m1: u32,
  n: u32,
  N: u32,
  depth: u32,
  more: bool,
): void {
  const tile = table + TABLE + 16;
  const columns = min(N - n, COLUMNS);
  const column = (<usize>n) << 2;
  for (let m = m0; m < m1; m += ROWS, rows += packedRows(depth)) {
    const count = min(m1 - m, ROWS);
    for (let r: u32 = 0; r < ROWS; r++)
      store<usize>(table + (r << 2), y + ((<usize>min(m + r, m1 - 1) * N) << 2), 24);
    if (count == ROWS && columns == COLUMNS) {
      rowsTile(table, rows, b, depth, column, more);
      continue;
    }
    if (more) fetch(tile, table + 24, count, columns, column);
    memory.copy(table, table + 24, ROWS << 2); // the true targets wait where addresses of packed rows are not needed
    for (let r: u32 = 0; r < ROWS; r++) store<usize>(table + (r << 2), tile + (r << 5), 24);
    rowsTile(table, rows, b, depth, 0, more);
    spill(tile, table, count, columns, column);
  }
}

/** Packs rows m0 .. m1 of a [M, K] six by six, the last again where there are not six. */
function packBlock(table: usize, a: usize, K: u32, m0: u32, m1: u32, depth: u32, rows: usize): void {
  const offsets = table + TABLE;
  store<usize>(offsets, 0);
  for (let m = m0; m < m1; m += ROWS, rows += packedRows(depth)) {
    for (let r: u32 = 0; r < ROWS; r++)
      store<usize>(table + (r << 2), a + ((<usize>min(m + r, m1 - 1) * K) << 2));
    packRows(table, offsets, 1, depth, rows);
  }
}

/** Packs columns m0 .. m1 of a [K, M] six by six; what follows the last row is read, not used. */
function packColumns(a: usize, M: u32, m0: u32, m1: u32, depth: u32, rows: usize): void {
  const group = packedRows(depth);
  let from = a + ((<usize>m0) << 2);
  for (let k: u32 = 0; k < depth; k++, from += (<usize>M) << 2, rows += ROWS << 2) {
    let to = rows;
    for (let m = m0, at = from; m < m1; m += ROWS, at += ROWS << 2, to += group) {
      v128.store(to, v128.load(at));
      store<u64>(to, load<u64>(at, 16), 16);
    }
  }
}

/** Panels of eight columns, one row of eight after another; zeros beyond the last column. */
function pack(b: usize, packed: usize, N: u32, K: u32, tb: u32, thread: u32, threads: u32): void {
  const whole = N / COLUMNS;
  const panel = (<usize>K) << 5;
  const last = share(whole, TOGETHER, thread + 1, threads);
  for (let p = share(whole, TOGETHER, thread, threads); p < last; p += TOGETHER) {
    const count = min(last - p, TOGETHER);
    const to = packed + p * panel;
    if (tb)
      for (let half: u32 = 0; half < 2 * count; half++)
        packFour(
          b + <usize>(p * 8 + half * 4) * (panel / 8),
          panel / 8,
          K,
          to + (half >> 1) * panel + ((half & 1) << 4),
        );
    else packRow(b + ((<usize>p) << 5), N, K, to, panel, count);
  }
  if (N % COLUMNS && thread == threads - 1) packOverhang(b, packed + whole * panel, N, K, whole * 8, tb);
}

/** Rows of `count` panels, side by side in b [K, N]: each cache line is read once. */
function packRow(b: usize, N: u32, K: u32, to: usize, panel: usize, count: u32): void {
  for (let k: u32 = 0; k < K; k++, b += (<usize>N) << 2, to += 32)
    for (let p: u32 = 0; p < count; p++) {
      v128.store(to + p * panel, v128.load(b + (p << 5)));
      v128.store(to + p * panel, v128.load(b + (p << 5), 16), 16);
    }
}

function packOverhang(b: usize, to: usize, N: u32, K: u32, first: u32, tb: u32): void {
  for (let k: u32 = 0; k < K; k++)
    for (let n: u32 = 0; n < COLUMNS; n++, to += 4) {
      const column = first + n;
      const at = tb ? column * K + k : k * N + column;
      store<f32>(to, column < N ? load<f32>(b + ((<usize>at) << 2)) : 0);
    }
}
