import { storeLanes } from "./lanes";

// Four pixels at a time: r0 g0 b0 r1 | g1 b1 r2 g2 | b2 r3 g3 b3 in memory, a vector of each colour in registers.

export function reds(v0: v128, v1: v128, v2: v128): v128 {
  return v128.shuffle<f32>(v128.shuffle<f32>(v0, v1, 0, 3, 6, 6), v2, 0, 1, 2, 5);
}

export function greens(v0: v128, v1: v128, v2: v128): v128 {
  return v128.shuffle<f32>(v128.shuffle<f32>(v0, v1, 1, 4, 7, 7), v2, 0, 1, 2, 6);
}

export function blues(v0: v128, v1: v128, v2: v128): v128 {
  return v128.shuffle<f32>(v128.shuffle<f32>(v0, v1, 2, 5, 5, 5), v2, 0, 1, 4, 7);
}

export function mixed0(r: v128, g: v128, b: v128): v128 {
  return v128.shuffle<f32>(v128.shuffle<f32>(r, g, 0, 4, 1, 1), b, 0, 1, 4, 2);
}

export function mixed1(r: v128, g: v128, b: v128): v128 {
  return v128.shuffle<f32>(v128.shuffle<f32>(g, r, 1, 6, 2, 2), b, 0, 5, 1, 2);
}

export function mixed2(r: v128, g: v128, b: v128): v128 {
  return v128.shuffle<f32>(v128.shuffle<f32>(r, g, 3, 7, 7, 7), b, 6, 0, 1, 7);
}

/** Brightness as torchvision has it; the weights sum to 0.9999. */
export function luma(r: v128, g: v128, b: v128): v128 {
  const rg = f32x4.add(f32x4.mul(f32x4.splat(0.2989), r), f32x4.mul(f32x4.splat(0.587), g));
  return f32x4.add(rg, f32x4.mul(f32x4.splat(0.114), b));
}

/** Stores the first `pixels` of four pixels, all if there are more: what lies beyond may be another thread's. */
export function storePixels(to: usize, v0: v128, v1: v128, v2: v128, pixels: u32): void {
  storeLanes(to, v0, pixels * 3);
  if (pixels > 1) storeLanes(to + 16, v1, pixels * 3 - 4);
  if (pixels > 2) storeLanes(to + 32, v2, pixels * 3 - 8);
}
