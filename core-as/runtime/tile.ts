import { madd } from "./share";

// The inner loops of matrix products and convolutions: six rows by eight columns of sums in registers. Twelve sums, two
// vectors of b and a broadcast a fill the sixteen vector registers of x86-64. Written out, since V8 does not unroll.

/** Rows and columns of a tile. */
export const ROWS: u32 = 6;
export const COLUMNS: u32 = 8;

/** Bytes of a tile's table: addresses of its six rows of a, then of its six rows of y. */
export const TABLE: usize = 48;

/**
 * y[r][0..8] = sum over t < taps and k < depth of a[r][offsets[t] + k] * b[t * depth + k][0..8]
 *
 * `table` holds the addresses of rows a[0..6] and y[0..6], `offsets` the taps' distances in bytes; b is a packed panel.
 */
export function rowsTile(table: usize, offsets: usize, taps: u32, depth: u32, b: usize, column: usize): void {
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
      let b0 = v128.load(b, 0);
      let b1 = v128.load(b, 16);
      let a = v128.load_splat<f32>(a0, 0);
      c00 = madd(a, b0, c00);
      c01 = madd(a, b1, c01);
      a = v128.load_splat<f32>(a1, 0);
      c10 = madd(a, b0, c10);
      c11 = madd(a, b1, c11);
      a = v128.load_splat<f32>(a2, 0);
      c20 = madd(a, b0, c20);
      c21 = madd(a, b1, c21);
      a = v128.load_splat<f32>(a3, 0);
      c30 = madd(a, b0, c30);
      c31 = madd(a, b1, c31);
      a = v128.load_splat<f32>(a4, 0);
      c40 = madd(a, b0, c40);
      c41 = madd(a, b1, c41);
      a = v128.load_splat<f32>(a5, 0);
      c50 = madd(a, b0, c50);
      c51 = madd(a, b1, c51);
      b0 = v128.load(b, 32);
      b1 = v128.load(b, 48);
      a = v128.load_splat<f32>(a0, 4);
      c00 = madd(a, b0, c00);
      c01 = madd(a, b1, c01);
      a = v128.load_splat<f32>(a1, 4);
      c10 = madd(a, b0, c10);
      c11 = madd(a, b1, c11);
      a = v128.load_splat<f32>(a2, 4);
      c20 = madd(a, b0, c20);
      c21 = madd(a, b1, c21);
      a = v128.load_splat<f32>(a3, 4);
      c30 = madd(a, b0, c30);
      c31 = madd(a, b1, c31);
      a = v128.load_splat<f32>(a4, 4);
      c40 = madd(a, b0, c40);
      c41 = madd(a, b1, c41);
      a = v128.load_splat<f32>(a5, 4);
      c50 = madd(a, b0, c50);
      c51 = madd(a, b1, c51);
      b0 = v128.load(b, 64);
      b1 = v128.load(b, 80);
      a = v128.load_splat<f32>(a0, 8);
      c00 = madd(a, b0, c00);
      c01 = madd(a, b1, c01);
      a = v128.load_splat<f32>(a1, 8);
      c10 = madd(a, b0, c10);
      c11 = madd(a, b1, c11);
      a = v128.load_splat<f32>(a2, 8);
      c20 = madd(a, b0, c20);
      c21 = madd(a, b1, c21);
      a = v128.load_splat<f32>(a3, 8);
      c30 = madd(a, b0, c30);
      c31 = madd(a, b1, c31);
      a = v128.load_splat<f32>(a4, 8);
      c40 = madd(a, b0, c40);
      c41 = madd(a, b1, c41);
      a = v128.load_splat<f32>(a5, 8);
      c50 = madd(a, b0, c50);
      c51 = madd(a, b1, c51);
      b0 = v128.load(b, 96);
      b1 = v128.load(b, 112);
      a = v128.load_splat<f32>(a0, 12);
      c00 = madd(a, b0, c00);
      c01 = madd(a, b1, c01);
      a = v128.load_splat<f32>(a1, 12);
      c10 = madd(a, b0, c10);
      c11 = madd(a, b1, c11);
      a = v128.load_splat<f32>(a2, 12);
      c20 = madd(a, b0, c20);
      c21 = madd(a, b1, c21);
      a = v128.load_splat<f32>(a3, 12);
      c30 = madd(a, b0, c30);
      c31 = madd(a, b1, c31);
      a = v128.load_splat<f32>(a4, 12);
      c40 = madd(a, b0, c40);
      c41 = madd(a, b1, c41);
      a = v128.load_splat<f32>(a5, 12);
      c50 = madd(a, b0, c50);
      c51 = madd(a, b1, c51);
      a0 += 16;
      a1 += 16;
      a2 += 16;
      a3 += 16;
      a4 += 16;
      a5 += 16;
      b += 128;
    }
    for (; k; k--) {
      let b0 = v128.load(b, 0);
      let b1 = v128.load(b, 16);
      let a = v128.load_splat<f32>(a0, 0);
      c00 = madd(a, b0, c00);
      c01 = madd(a, b1, c01);
      a = v128.load_splat<f32>(a1, 0);
      c10 = madd(a, b0, c10);
      c11 = madd(a, b1, c11);
      a = v128.load_splat<f32>(a2, 0);
      c20 = madd(a, b0, c20);
      c21 = madd(a, b1, c21);
      a = v128.load_splat<f32>(a3, 0);
      c30 = madd(a, b0, c30);
      c31 = madd(a, b1, c31);
      a = v128.load_splat<f32>(a4, 0);
      c40 = madd(a, b0, c40);
      c41 = madd(a, b1, c41);
      a = v128.load_splat<f32>(a5, 0);
      c50 = madd(a, b0, c50);
      c51 = madd(a, b1, c51);
      a0 += 4;
      a1 += 4;
      a2 += 4;
      a3 += 4;
      a4 += 4;
      a5 += 4;
      b += 32;
    }
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
