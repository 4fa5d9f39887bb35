import { madd } from "./share";

// What rowsTile does, for sixteen columns: six rows by two panels side by side, for V8's revectorizer (runtime/wide.ts).
//
// Paired, the 24 sums fill twelve of the sixteen 256-bit registers, b takes two and a broadcast a one; rowsTile's six would wait for
// each other, since a multiply-add takes four cycles and two begin in each. Overwriting and adding are functions of their own,
// straight lines: with a condition between sums and memory V8 pairs less (66 instead of 118 GFLOP/s). The twin is
// rowsTile, called for either panel: each sum adds up in the same order, and so bits are the same.
//
// One thread of a Zen 5, products of 1024 cubed: 54 -> 111 GFLOP/s (processor time, best of rounds in turn, machine shared).

/** y[r][0..16] = sum over k < depth of a[k][r] * b[k][0..16]: a packed by packRows, columns 8 and on in the panel `next`. */
export function rowsTile16(table: usize, a: usize, b: usize, next: usize, depth: u32, column: usize): void {
  let c00 = f32x4.splat(0);
  let c01 = f32x4.splat(0);
  let c02 = f32x4.splat(0);
  let c03 = f32x4.splat(0);
  let c10 = f32x4.splat(0);
  let c11 = f32x4.splat(0);
  let c12 = f32x4.splat(0);
  let c13 = f32x4.splat(0);
  let c20 = f32x4.splat(0);
  let c21 = f32x4.splat(0);
  let c22 = f32x4.splat(0);
  let c23 = f32x4.splat(0);
  let c30 = f32x4.splat(0);
  let c31 = f32x4.splat(0);
  let c32 = f32x4.splat(0);
  let c33 = f32x4.splat(0);
  let c40 = f32x4.splat(0);
  let c41 = f32x4.splat(0);
  let c42 = f32x4.splat(0);
  let c43 = f32x4.splat(0);
  let c50 = f32x4.splat(0);
  let c51 = f32x4.splat(0);
  let c52 = f32x4.splat(0);
  let c53 = f32x4.splat(0);
  for (; depth; depth--) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const b2 = v128.load(next);
    const b3 = v128.load(next, 16);
    let v = v128.load_splat<f32>(a, 0);
    c00 = madd(v, b0, c00);
    c01 = madd(v, b1, c01);
    c02 = madd(v, b2, c02);
    c03 = madd(v, b3, c03);
    v = v128.load_splat<f32>(a, 4);
    c10 = madd(v, b0, c10);
    c11 = madd(v, b1, c11);
    c12 = madd(v, b2, c12);
    c13 = madd(v, b3, c13);
    v = v128.load_splat<f32>(a, 8);
    c20 = madd(v, b0, c20);
    c21 = madd(v, b1, c21);
    c22 = madd(v, b2, c22);
    c23 = madd(v, b3, c23);
    v = v128.load_splat<f32>(a, 12);
    c30 = madd(v, b0, c30);
    c31 = madd(v, b1, c31);
    c32 = madd(v, b2, c32);
    c33 = madd(v, b3, c33);
    v = v128.load_splat<f32>(a, 16);
    c40 = madd(v, b0, c40);
    c41 = madd(v, b1, c41);
    c42 = madd(v, b2, c42);
    c43 = madd(v, b3, c43);
    v = v128.load_splat<f32>(a, 20);
    c50 = madd(v, b0, c50);
    c51 = madd(v, b1, c51);
    c52 = madd(v, b2, c52);
    c53 = madd(v, b3, c53);
    a += 24;
    b += 32;
    next += 32;
  }
  let y = load<usize>(table, 24) + column;
  v128.store(y, c00);
  v128.store(y, c01, 16);
  v128.store(y, c02, 32);
  v128.store(y, c03, 48);
  y = load<usize>(table, 28) + column;
  v128.store(y, c10);
  v128.store(y, c11, 16);
  v128.store(y, c12, 32);
  v128.store(y, c13, 48);
  y = load<usize>(table, 32) + column;
  v128.store(y, c20);
  v128.store(y, c21, 16);
  v128.store(y, c22, 32);
  v128.store(y, c23, 48);
  y = load<usize>(table, 36) + column;
  v128.store(y, c30);
  v128.store(y, c31, 16);
  v128.store(y, c32, 32);
  v128.store(y, c33, 48);
  y = load<usize>(table, 40) + column;
  v128.store(y, c40);
  v128.store(y, c41, 16);
  v128.store(y, c42, 32);
  v128.store(y, c43, 48);
  y = load<usize>(table, 44) + column;
  v128.store(y, c50);
  v128.store(y, c51, 16);
  v128.store(y, c52, 32);
  v128.store(y, c53, 48);
}

/** y[r][0..16] += sum over k < depth of a[k][r] * b[k][0..16]: the sums go on from what y holds. */
export function moreRowsTile16(
  table: usize,
  a: usize,
  b: usize,
  next: usize,
  depth: u32,
  column: usize,
): void {
  let y = load<usize>(table, 24) + column;
  let c00 = v128.load(y);
  let c01 = v128.load(y, 16);
  let c02 = v128.load(y, 32);
  let c03 = v128.load(y, 48);
  y = load<usize>(table, 28) + column;
  let c10 = v128.load(y);
  let c11 = v128.load(y, 16);
  let c12 = v128.load(y, 32);
  let c13 = v128.load(y, 48);
  y = load<usize>(table, 32) + column;
  let c20 = v128.load(y);
  let c21 = v128.load(y, 16);
  let c22 = v128.load(y, 32);
  let c23 = v128.load(y, 48);
  y = load<usize>(table, 36) + column;
  let c30 = v128.load(y);
  let c31 = v128.load(y, 16);
  let c32 = v128.load(y, 32);
  let c33 = v128.load(y, 48);
  y = load<usize>(table, 40) + column;
  let c40 = v128.load(y);
  let c41 = v128.load(y, 16);
  let c42 = v128.load(y, 32);
  let c43 = v128.load(y, 48);
  y = load<usize>(table, 44) + column;
  let c50 = v128.load(y);
  let c51 = v128.load(y, 16);
  let c52 = v128.load(y, 32);
  let c53 = v128.load(y, 48);
  for (; depth; depth--) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const b2 = v128.load(next);
    const b3 = v128.load(next, 16);
    let v = v128.load_splat<f32>(a, 0);
    c00 = madd(v, b0, c00);
    c01 = madd(v, b1, c01);
    c02 = madd(v, b2, c02);
    c03 = madd(v, b3, c03);
    v = v128.load_splat<f32>(a, 4);
    c10 = madd(v, b0, c10);
    c11 = madd(v, b1, c11);
    c12 = madd(v, b2, c12);
    c13 = madd(v, b3, c13);
    v = v128.load_splat<f32>(a, 8);
    c20 = madd(v, b0, c20);
    c21 = madd(v, b1, c21);
    c22 = madd(v, b2, c22);
    c23 = madd(v, b3, c23);
    v = v128.load_splat<f32>(a, 12);
    c30 = madd(v, b0, c30);
    c31 = madd(v, b1, c31);
    c32 = madd(v, b2, c32);
    c33 = madd(v, b3, c33);
    v = v128.load_splat<f32>(a, 16);
    c40 = madd(v, b0, c40);
    c41 = madd(v, b1, c41);
    c42 = madd(v, b2, c42);
    c43 = madd(v, b3, c43);
    v = v128.load_splat<f32>(a, 20);
    c50 = madd(v, b0, c50);
    c51 = madd(v, b1, c51);
    c52 = madd(v, b2, c52);
    c53 = madd(v, b3, c53);
    a += 24;
    b += 32;
    next += 32;
  }
  y = load<usize>(table, 24) + column;
  v128.store(y, c00);
  v128.store(y, c01, 16);
  v128.store(y, c02, 32);
  v128.store(y, c03, 48);
  y = load<usize>(table, 28) + column;
  v128.store(y, c10);
  v128.store(y, c11, 16);
  v128.store(y, c12, 32);
  v128.store(y, c13, 48);
  y = load<usize>(table, 32) + column;
  v128.store(y, c20);
  v128.store(y, c21, 16);
  v128.store(y, c22, 32);
  v128.store(y, c23, 48);
  y = load<usize>(table, 36) + column;
  v128.store(y, c30);
  v128.store(y, c31, 16);
  v128.store(y, c32, 32);
  v128.store(y, c33, 48);
  y = load<usize>(table, 40) + column;
  v128.store(y, c40);
  v128.store(y, c41, 16);
  v128.store(y, c42, 32);
  v128.store(y, c43, 48);
  y = load<usize>(table, 44) + column;
  v128.store(y, c50);
  v128.store(y, c51, 16);
  v128.store(y, c52, 32);
  v128.store(y, c53, 48);
}
