import { barrier } from "../runtime/engine";
import { share } from "../runtime/share";
import { COLUMNS, ROWS, rowsTile, spill, TABLE } from "../runtime/tile";

// y[m, n] = sum over k of a[m, k] * b[k, n]. Arguments: a, b, y, scratch, M, N, K, ta, tb.
//
// b is packed once into panels of eight columns, [N / 8][K][8], by all threads. Then each thread takes blocks of 48 rows:
// a block of a stays in the second cache while all panels pass it, a panel in the first while six rows after six pass it.
// A transposed a is brought into rows block by block.

const BLOCK: u32 = 48;

/** Per thread: table of rows, one offset (0), a tile for overhangs, the transposed block. */
function privateBytes(K: u32): usize {
  return (TABLE + 16 + ((ROWS * COLUMNS) << 2) + ((<usize>BLOCK * K) << 2) + 127) & ~63;
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
  const panels = (N + 7) / 8;

  pack(load<usize>(args, 4), packed, N, K, load<u32>(args, 32), thread, threads);
  barrier(threads); // every thread reads every panel

  const table = packed + packedBytes(N, K) + privateBytes(K) * thread;
  const offsets = table + TABLE;
  const tile = offsets + 16;
  const rows = tile + ((ROWS * COLUMNS) << 2);
  store<usize>(offsets, 0);
  const last = share(M, BLOCK, thread + 1, threads);
  for (let m0 = share(M, BLOCK, thread, threads); m0 < last; m0 += BLOCK) {
    const m1 = min(m0 + BLOCK, M);
    let from = a + ((<usize>m0 * K) << 2);
    if (ta) {
      transpose(a + ((<usize>m0) << 2), M, rows, m1 - m0, K);
      from = rows;
    }
    for (let panel: u32 = 0; panel < panels; panel++) {
      const b = packed + ((<usize>panel * K) << 5);
      const column = (<usize>panel) << 5;
      const columns = min(N - panel * 8, COLUMNS);
      for (let m = m0; m < m1; m += ROWS) {
        const count = min(m1 - m, ROWS);
        const whole = count == ROWS && columns == COLUMNS;
        for (let r: u32 = 0; r < ROWS; r++) {
          const row = min(r, count - 1);
          store<usize>(table + (r << 2), from + ((<usize>(m - m0 + row) * K) << 2));
          store<usize>(table + (r << 2), whole ? y + ((<usize>(m + r) * N) << 2) : tile + (r << 5), 24);
        }
        rowsTile(table, offsets, 1, K, b, whole ? column : 0);
        if (whole) continue;
        for (let r: u32 = 0; r < count; r++)
          store<usize>(table + (r << 2), y + ((<usize>(m + r) * N) << 2), 24);
        spill(tile, table + 24, count, columns, column);
      }
    }
  }
}

/** Panels of eight columns, one row of eight after another; zeros beyond the last column. */
function pack(b: usize, packed: usize, N: u32, K: u32, tb: u32, thread: u32, threads: u32): void {
  const panels = (N + 7) / 8;
  const last = share(panels, 1, thread + 1, threads);
  for (let panel = share(panels, 1, thread, threads); panel < last; panel++) {
    let to = packed + ((<usize>panel * K) << 5);
    const columns = min(N - panel * 8, COLUMNS);
    for (let k: u32 = 0; k < K; k++, to += 32)
      for (let n: u32 = 0; n < COLUMNS; n++) {
        const column = panel * 8 + n;
        const at = tb ? column * K + k : k * N + column;
        store<f32>(to + (n << 2), n < columns ? load<f32>(b + ((<usize>at) << 2)) : 0);
      }
  }
}

/** rows[m][k] = a[k][m] for a block of m. */
function transpose(a: usize, M: u32, rows: usize, count: u32, K: u32): void {
  for (let k: u32 = 0; k < K; k++, a += (<usize>M) << 2)
    for (let m: u32 = 0; m < count; m++)
      store<f32>(rows + ((<usize>(m * K + k)) << 2), load<f32>(a + ((<usize>m) << 2)));
}
