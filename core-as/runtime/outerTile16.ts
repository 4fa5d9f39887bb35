import { madd } from "./share";

// What outerTile does, for sixteen columns, as rowsTile16.ts does what rowsTile does.

/** y[r][0..16] = sum over k < depth of a[k][r] * b[k][0..16], for six rows r; steps as outerTile's. */
export function outerTile16(
  a: usize,
  aStep: usize,
  b: usize,
  bStep: usize,
  depth: u32,
  y: usize,
  yStep: usize,
): void {
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
    const b2 = v128.load(b, 32);
    const b3 = v128.load(b, 48);
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
    a += aStep;
    b += bStep;
  }
  v128.store(y, c00);
  v128.store(y, c01, 16);
  v128.store(y, c02, 32);
  v128.store(y, c03, 48);
  y += yStep;
  v128.store(y, c10);
  v128.store(y, c11, 16);
  v128.store(y, c12, 32);
  v128.store(y, c13, 48);
  y += yStep;
  v128.store(y, c20);
  v128.store(y, c21, 16);
  v128.store(y, c22, 32);
  v128.store(y, c23, 48);
  y += yStep;
  v128.store(y, c30);
  v128.store(y, c31, 16);
  v128.store(y, c32, 32);
  v128.store(y, c33, 48);
  y += yStep;
  v128.store(y, c40);
  v128.store(y, c41, 16);
  v128.store(y, c42, 32);
  v128.store(y, c43, 48);
  y += yStep;
  v128.store(y, c50);
  v128.store(y, c51, 16);
  v128.store(y, c52, 32);
  v128.store(y, c53, 48);
}

/** y[r][0..16] += sum over k < depth of a[k][r] * b[k][0..16]. */
export function moreOuterTile16(
  a: usize,
  aStep: usize,
  b: usize,
  bStep: usize,
  depth: u32,
  y: usize,
  yStep: usize,
): void {
  let p = y;
  let c00 = v128.load(p);
  let c01 = v128.load(p, 16);
  let c02 = v128.load(p, 32);
  let c03 = v128.load(p, 48);
  p += yStep;
  let c10 = v128.load(p);
  let c11 = v128.load(p, 16);
  let c12 = v128.load(p, 32);
  let c13 = v128.load(p, 48);
  p += yStep;
  let c20 = v128.load(p);
  let c21 = v128.load(p, 16);
  let c22 = v128.load(p, 32);
  let c23 = v128.load(p, 48);
  p += yStep;
  let c30 = v128.load(p);
  let c31 = v128.load(p, 16);
  let c32 = v128.load(p, 32);
  let c33 = v128.load(p, 48);
  p += yStep;
  let c40 = v128.load(p);
  let c41 = v128.load(p, 16);
  let c42 = v128.load(p, 32);
  let c43 = v128.load(p, 48);
  p += yStep;
  let c50 = v128.load(p);
  let c51 = v128.load(p, 16);
  let c52 = v128.load(p, 32);
  let c53 = v128.load(p, 48);
  for (; depth; depth--) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const b2 = v128.load(b, 32);
    const b3 = v128.load(b, 48);
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
    a += aStep;
    b += bStep;
  }
  v128.store(y, c00);
  v128.store(y, c01, 16);
  v128.store(y, c02, 32);
  v128.store(y, c03, 48);
  y += yStep;
  v128.store(y, c10);
  v128.store(y, c11, 16);
  v128.store(y, c12, 32);
  v128.store(y, c13, 48);
  y += yStep;
  v128.store(y, c20);
  v128.store(y, c21, 16);
  v128.store(y, c22, 32);
  v128.store(y, c23, 48);
  y += yStep;
  v128.store(y, c30);
  v128.store(y, c31, 16);
  v128.store(y, c32, 32);
  v128.store(y, c33, 48);
  y += yStep;
  v128.store(y, c40);
  v128.store(y, c41, 16);
  v128.store(y, c42, 32);
  v128.store(y, c43, 48);
  y += yStep;
  v128.store(y, c50);
  v128.store(y, c51, 16);
  v128.store(y, c52, 32);
  v128.store(y, c53, 48);
}
