import { madd } from "./share";

/** Bytes from row to row of a: 64 numbers and a cache line, so that rows fall into different sets. */
export const ROW: usize = 320;

/**
 * y[r][0..8] = sum over t < runs and k < 64 of a[t][r][k] * b[64 t + k][0..8], k < depth in all, for six rows r
 *
 * Rows of a lie ROW apart, runs of 64 numbers `runStep`, rows of y `yStep`; b is a packed panel. One address serves all
 * rows of a, since their distances are constants, so that they need not be packed as for rowsTile: 1.3 times the
 * speed with six addresses.
 */
export function strideTile(a: usize, runStep: usize, depth: u32, b: usize, y: usize, yStep: usize): void {
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
  while (depth) {
    let p = a;
    const count = min<u32>(depth, 64);
    for (let k = count; k; k--) {
      const b0 = v128.load(b, 0);
      const b1 = v128.load(b, 16);
      let v = v128.load_splat<f32>(p, 0);
      c00 = madd(v, b0, c00);
      c01 = madd(v, b1, c01);
      v = v128.load_splat<f32>(p, 320);
      c10 = madd(v, b0, c10);
      c11 = madd(v, b1, c11);
      v = v128.load_splat<f32>(p, 640);
      c20 = madd(v, b0, c20);
      c21 = madd(v, b1, c21);
      v = v128.load_splat<f32>(p, 960);
      c30 = madd(v, b0, c30);
      c31 = madd(v, b1, c31);
      v = v128.load_splat<f32>(p, 1280);
      c40 = madd(v, b0, c40);
      c41 = madd(v, b1, c41);
      v = v128.load_splat<f32>(p, 1600);
      c50 = madd(v, b0, c50);
      c51 = madd(v, b1, c51);
      p += 4;
      b += 32;
    }
    depth -= count;
    a += runStep;
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
