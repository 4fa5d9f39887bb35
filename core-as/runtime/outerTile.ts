import { madd } from "./share";

/**
 * y[r][0..8] = sum over k < depth of a[k][r] * b[k][0..8], for six rows r
 *
 * Steps from k to k in a and b, and from row to row in y, are in bytes. With `more` the sums go on from what y holds.
 */
export function outerTile(
  a: usize,
  aStep: usize,
  b: usize,
  bStep: usize,
  depth: u32,
  y: usize,
  yStep: usize,
  more: bool,
): void {
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
    let p = y;
    c00 = v128.load(p);
    c01 = v128.load(p, 16);
    p += yStep;
    c10 = v128.load(p);
    c11 = v128.load(p, 16);
    p += yStep;
    c20 = v128.load(p);
    c21 = v128.load(p, 16);
    p += yStep;
    c30 = v128.load(p);
    c31 = v128.load(p, 16);
    p += yStep;
    c40 = v128.load(p);
    c41 = v128.load(p, 16);
    p += yStep;
    c50 = v128.load(p);
    c51 = v128.load(p, 16);
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
    a += aStep;
    b += bStep;
  }
  v128.store(y, c00);
  v128.store(y, c01, 16);
  y += yStep;
  v128.store(y, c10);
  v128.store(y, c11, 16);
  y += yStep;
  v128.store(y, c20);
  v128.store(y, c21, 16);
  y += yStep;
  v128.store(y, c30);
  v128.store(y, c31, 16);
  y += yStep;
  v128.store(y, c40);
  v128.store(y, c41, 16);
  y += yStep;
  v128.store(y, c50);
  v128.store(y, c51, 16);
}
