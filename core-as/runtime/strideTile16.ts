import { madd } from "./share";

// What strideTile does, for sixteen columns, as rowsTile16.ts does what rowsTile does.

/** y[r][0..16] = sum over t < runs and k < 64 of a[t][r][k] * b[64 t + k][0..16], columns 8 and on in the panel `next`; else as strideTile. */
export function strideTile16(
  a: usize,
  runStep: usize,
  depth: u32,
  b: usize,
  next: usize,
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
  while (depth) {
    let p = a;
    const count = min<u32>(depth, 64);
    for (let k = count; k; k--) {
      const b0 = v128.load(b);
      const b1 = v128.load(b, 16);
      const b2 = v128.load(next);
      const b3 = v128.load(next, 16);
      let v = v128.load_splat<f32>(p, 0);
      c00 = madd(v, b0, c00);
      c01 = madd(v, b1, c01);
      c02 = madd(v, b2, c02);
      c03 = madd(v, b3, c03);
      v = v128.load_splat<f32>(p, 320);
      c10 = madd(v, b0, c10);
      c11 = madd(v, b1, c11);
      c12 = madd(v, b2, c12);
      c13 = madd(v, b3, c13);
      v = v128.load_splat<f32>(p, 640);
      c20 = madd(v, b0, c20);
      c21 = madd(v, b1, c21);
      c22 = madd(v, b2, c22);
      c23 = madd(v, b3, c23);
      v = v128.load_splat<f32>(p, 960);
      c30 = madd(v, b0, c30);
      c31 = madd(v, b1, c31);
      c32 = madd(v, b2, c32);
      c33 = madd(v, b3, c33);
      v = v128.load_splat<f32>(p, 1280);
      c40 = madd(v, b0, c40);
      c41 = madd(v, b1, c41);
      c42 = madd(v, b2, c42);
      c43 = madd(v, b3, c43);
      v = v128.load_splat<f32>(p, 1600);
      c50 = madd(v, b0, c50);
      c51 = madd(v, b1, c51);
      c52 = madd(v, b2, c52);
      c53 = madd(v, b3, c53);
      p += 4;
      b += 32;
      next += 32;
    }
    depth -= count;
    a += runStep;
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
