import { storeLanes } from "../runtime/lanes";
import { madd, share } from "../runtime/share";

// Views turned counter-clockwise about their centres by the angle whose cosine and sine a row holds; bilinear, zeros outside
//
// Arguments: x, rows, y, scratch, N, H, W. A vector holds the three colours of a pixel, and one number more that is not used.

export function rotate(args: usize, thread: u32, threads: u32): void {
  const N = load<u32>(args, 16);
  const H = load<i32>(args, 20);
  const W = load<i32>(args, 24);
  const bytes = <usize>(H * W) * 12;
  const end = share(N, 1, thread + 1, threads);
  for (let n = share(N, 1, thread, threads); n < end; n++) {
    const x = load<usize>(args) + <usize>n * bytes;
    const y = load<usize>(args, 8) + <usize>n * bytes;
    const row = load<usize>(args, 4) + ((<usize>n) << 3);
    const cosine = load<f32>(row);
    const sine = load<f32>(row, 4);
    if (cosine == 1 && sine == 0) memory.copy(y, x, bytes);
    else turn(x, y, H, W, cosine, sine);
  }
}

function turn(x: usize, y: usize, H: i32, W: i32, cosine: f32, sine: f32): void {
  const middle = <f32>(H - 1) / 2;
  const centre = <f32>(W - 1) / 2;
  for (let h = 0; h < H; h++) {
    const down = <f32>h - middle;
    for (let w = 0; w < W; w++, y += 12) {
      const across = <f32>w - centre;
      const row = middle + (sine * across + cosine * down);
      const column = centre + (cosine * across - sine * down);
      const i = <i32>floor(row);
      const j = <i32>floor(column);
      const part = f32x4.splat(column - <f32>j);
      const above = mixed(pixel(x, i, j, H, W), pixel(x, i, j + 1, H, W), part);
      const below = mixed(pixel(x, i + 1, j, H, W), pixel(x, i + 1, j + 1, H, W), part);
      storeLanes(y, mixed(above, below, f32x4.splat(row - <f32>i)), 3);
    }
  }
}

/** A pixel by row and column; zeros outside. */
function pixel(x: usize, i: i32, j: i32, H: i32, W: i32): v128 {
  if (i < 0 || i >= H || j < 0 || j >= W) return f32x4.splat(0);
  return v128.load(x + <usize>(i * W + j) * 12);
}

/** a where part is 0, b where it is 1. */
function mixed(a: v128, b: v128, part: v128): v128 {
  return madd(part, f32x4.sub(b, a), a);
}
