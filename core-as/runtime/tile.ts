import { madd } from "./share";

// The inner loops of matrix products and convolutions: six rows by eight columns of sums in registers. Twelve sums, two
// vectors of b and a broadcast a fill the sixteen vector registers of x86-64. Rows of a are packed side by side first, once for
// all panels of b: with six addresses to count on, the loop takes 15 % longer.

/** Rows and columns of a tile. */
export const ROWS: u32 = 6;
export const COLUMNS: u32 = 8;

/** Bytes of a tile's table: addresses of its six rows of a, then of its six rows of y. */
export const TABLE: usize = 48;

/** Bytes of six packed rows of so many numbers. */
export function packedRows(depth: u32): usize {
  return (<usize>depth * (ROWS << 2) + 63) & ~63;
}

/**
 * Packs six rows for rowsTile: to[t * depth + k][r] = a[r][offsets[t] + k] for t < taps and k < depth.
 *
 * `table` begins with the addresses of the rows, `offsets` holds the taps' distances in bytes.
 */
export function packRows(table: usize, offsets: usize, taps: u32, depth: u32, to: usize): void {
  for (let t: u32 = 0; t < taps; t++) {
    const offset = load<usize>(offsets + ((<usize>t) << 2));
    let a0 = load<usize>(table, 0) + offset;
    let a1 = load<usize>(table, 4) + offset;
    let a2 = load<usize>(table, 8) + offset;
    let a3 = load<usize>(table, 12) + offset;
    let a4 = load<usize>(table, 16) + offset;
    let a5 = load<usize>(table, 20) + offset;
    let k = depth;
    for (; k >= 4; k -= 4) {
      const v0 = v128.load(a0);
      const v1 = v128.load(a1);
      const v2 = v128.load(a2);
      const v3 = v128.load(a3);
      const v4 = v128.load(a4);
      const v5 = v128.load(a5);
      const low0 = v128.shuffle<f32>(v0, v1, 0, 4, 1, 5); // rows 0, 1 of k, then of k + 1
      const low2 = v128.shuffle<f32>(v2, v3, 0, 4, 1, 5);
      const low4 = v128.shuffle<f32>(v4, v5, 0, 4, 1, 5);
      const high0 = v128.shuffle<f32>(v0, v1, 2, 6, 3, 7); // of k + 2, then of k + 3
      const high2 = v128.shuffle<f32>(v2, v3, 2, 6, 3, 7);
      const high4 = v128.shuffle<f32>(v4, v5, 2, 6, 3, 7);
      v128.store(to, v128.shuffle<u64>(low0, low2, 0, 2), 0);
      v128.store(to, v128.shuffle<u64>(low4, low0, 0, 3), 16);
      v128.store(to, v128.shuffle<u64>(low2, low4, 1, 3), 32);
      v128.store(to, v128.shuffle<u64>(high0, high2, 0, 2), 48);
      v128.store(to, v128.shuffle<u64>(high4, high0, 0, 3), 64);
      v128.store(to, v128.shuffle<u64>(high2, high4, 1, 3), 80);
      a0 += 16;
      a1 += 16;
      a2 += 16;
      a3 += 16;
      a4 += 16;
      a5 += 16;
      to += 96;
    }
    for (; k; k--) {
      store<f32>(to, load<f32>(a0), 0);
      store<f32>(to, load<f32>(a1), 4);
      store<f32>(to, load<f32>(a2), 8);
      store<f32>(to, load<f32>(a3), 12);
      store<f32>(to, load<f32>(a4), 16);
      store<f32>(to, load<f32>(a5), 20);
      a0 += 4;
      a1 += 4;
      a2 += 4;
      a3 += 4;
      a4 += 4;
      a5 += 4;
      to += 24;
    }
  }
}

/**
 * y[r][0..8] = sum over k < depth of a[k][r] * b[k][0..8]: a packed by packRows, b a panel, y in the table.
 *
 * With `more` the sums go on from what y holds: the bits are those of one long sum.
 */
export function rowsTile(table: usize, a: usize, b: usize, depth: u32, column: usize, more: bool): void {
  let c00 = f32x4.splat(0);
  let c01 = f32x4.splat(0);
  let c10 = f32x4.splat(0);
  let c11 = f32x4.splat(0);
  let c20 = f32x4.splat(0);
  let c21 = f32x4.splat(0);
  let c30 = f32x4.splat(0);
  let c31 = f32x4.splat(0);
  let c40 = f32x4.splat(0);
  let c41 = f32x4.splat(0);
  let c50 = f32x4.splat(0);
  let c51 = f32x4.splat(0);
  if (more) {
    let y = load<usize>(table, 24) + column;
    c00 = v128.load(y);
    c01 = v128.load(y, 16);
    y = load<usize>(table, 28) + column;
    c10 = v128.load(y);
    c11 = v128.load(y, 16);
    y = load<usize>(table, 32) + column;
    c20 = v128.load(y);
    c21 = v128.load(y, 16);
    y = load<usize>(table, 36) + column;
    c30 = v128.load(y);
    c31 = v128.load(y, 16);
    y = load<usize>(table, 40) + column;
    c40 = v128.load(y);
    c41 = v128.load(y, 16);
    y = load<usize>(table, 44) + column;
    c50 = v128.load(y);
    c51 = v128.load(y, 16);
  }
  for (; depth; depth--) {
    const b0 = v128.load(b, 0);
    const b1 = v128.load(b, 16);
    let v = v128.load_splat<f32>(a, 0);
    c00 = madd(v, b0, c00);
    c01 = madd(v, b1, c01);
    v = v128.load_splat<f32>(a, 4);
    c10 = madd(v, b0, c10);
    c11 = madd(v, b1, c11);
    v = v128.load_splat<f32>(a, 8);
    c20 = madd(v, b0, c20);
    c21 = madd(v, b1, c21);
    v = v128.load_splat<f32>(a, 12);
    c30 = madd(v, b0, c30);
    c31 = madd(v, b1, c31);
    v = v128.load_splat<f32>(a, 16);
    c40 = madd(v, b0, c40);
    c41 = madd(v, b1, c41);
    v = v128.load_splat<f32>(a, 20);
    c50 = madd(v, b0, c50);
    c51 = madd(v, b1, c51);
    a += 24;
    b += 32;
  }
  let y = load<usize>(table, 24) + column;
  v128.store(y, c00);
  v128.store(y, c01, 16);
  y = load<usize>(table, 28) + column;
  v128.store(y, c10);
  v128.store(y, c11, 16);
  y = load<usize>(table, 32) + column;
  v128.store(y, c20);
  v128.store(y, c21, 16);
  y = load<usize>(table, 36) + column;
  v128.store(y, c30);
  v128.store(y, c31, 16);
  y = load<usize>(table, 40) + column;
  v128.store(y, c40);
  v128.store(y, c41, 16);
  y = load<usize>(table, 44) + column;
  v128.store(y, c50);
  v128.store(y, c51, 16);
}

/**
 * y[r][0..8] += sum over pixels of a[pixel][r] * b[pixel][0..8], the pixels in `lines` of `count`
 *
 * a and b are where the first pixel's numbers begin; steps from pixel to pixel and from line to line are in bytes.
 */
export function pixelsTile(
  table: usize,
  lines: u32,
  count: u32,
  a: usize,
  aStep: usize,
  aLine: usize,
  b: usize,
  bStep: usize,
  bLine: usize,
  column: usize,
): void {
  let y = load<usize>(table, 24) + column;
  let c00 = v128.load(y);
  let c01 = v128.load(y, 16);
  y = load<usize>(table, 28) + column;
  let c10 = v128.load(y);
  let c11 = v128.load(y, 16);
  y = load<usize>(table, 32) + column;
  let c20 = v128.load(y);
  let c21 = v128.load(y, 16);
  y = load<usize>(table, 36) + column;
  let c30 = v128.load(y);
  let c31 = v128.load(y, 16);
  y = load<usize>(table, 40) + column;
  let c40 = v128.load(y);
  let c41 = v128.load(y, 16);
  y = load<usize>(table, 44) + column;
  let c50 = v128.load(y);
  let c51 = v128.load(y, 16);
  for (let line: u32 = 0; line < lines; line++) {
    let p = a;
    let q = b;
    for (let n = count; n; n--) {
      const b0 = v128.load(q);
      const b1 = v128.load(q, 16);
      let v = v128.load_splat<f32>(p, 0);
      c00 = madd(v, b0, c00);
      c01 = madd(v, b1, c01);
      v = v128.load_splat<f32>(p, 4);
      c10 = madd(v, b0, c10);
      c11 = madd(v, b1, c11);
      v = v128.load_splat<f32>(p, 8);
      c20 = madd(v, b0, c20);
      c21 = madd(v, b1, c21);
      v = v128.load_splat<f32>(p, 12);
      c30 = madd(v, b0, c30);
      c31 = madd(v, b1, c31);
      v = v128.load_splat<f32>(p, 16);
      c40 = madd(v, b0, c40);
      c41 = madd(v, b1, c41);
      v = v128.load_splat<f32>(p, 20);
      c50 = madd(v, b0, c50);
      c51 = madd(v, b1, c51);
      p += aStep;
      q += bStep;
    }
    a += aLine;
    b += bLine;
  }
  y = load<usize>(table, 24) + column;
  v128.store(y, c00);
  v128.store(y, c01, 16);
  y = load<usize>(table, 28) + column;
  v128.store(y, c10);
  v128.store(y, c11, 16);
  y = load<usize>(table, 32) + column;
  v128.store(y, c20);
  v128.store(y, c21, 16);
  y = load<usize>(table, 36) + column;
  v128.store(y, c30);
  v128.store(y, c31, 16);
  y = load<usize>(table, 40) + column;
  v128.store(y, c40);
  v128.store(y, c41, 16);
  y = load<usize>(table, 44) + column;
  v128.store(y, c50);
  v128.store(y, c51, 16);
}

/** Copies the first `columns` numbers of each of `rows` rows of a tile to where its rows belong. */
export function spill(tile: usize, targets: usize, rows: u32, columns: u32, column: usize): void {
  for (let r: u32 = 0; r < rows; r++, tile += COLUMNS << 2)
    memory.copy(load<usize>(targets + ((<usize>r) << 2)) + column, tile, (<usize>columns) << 2);
}

/** Fills a tile with the numbers that `spill` would put back. */
export function fetch(tile: usize, targets: usize, rows: u32, columns: u32, column: usize): void {
  for (let r: u32 = 0; r < rows; r++, tile += COLUMNS << 2)
    memory.copy(tile, load<usize>(targets + ((<usize>r) << 2)) + column, (<usize>columns) << 2);
}
