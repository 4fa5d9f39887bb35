import { blues, greens, reds } from "../runtime/color";
import { storeLanes } from "../runtime/lanes";
import { share } from "../runtime/share";

// y[n, h, w] = Sobel's filters, across and down, of the mean over colours of x; zeros beyond the border
//
// Arguments: x, y, scratch, N, H, W. One image at a time a thread: its mean over colours is laid into scratch with a
// border of zeros, and both filters read four pixels of three lines at a time.

/** Numbers of a line: a zero, W means, and zeros up to a whole vector beyond the last pixel's neighbour. */
function lineOf(W: u32): u32 {
  return (W + 1 + 7) & ~3;
}

function threadBytes(args: usize): usize {
  return ((<usize>(load<u32>(args, 16) + 2) * <usize>lineOf(load<u32>(args, 20))) << 2) + 64;
}

export function sobelScratch(args: usize, threads: u32): usize {
  return threadBytes(args) * <usize>threads;
}

export function sobel(args: usize, thread: u32, threads: u32): void {
  const N = load<u32>(args, 12);
  const H = load<u32>(args, 16);
  const W = load<u32>(args, 20);
  const line = (<usize>lineOf(W)) << 2;
  const gray = load<usize>(args, 8) + threadBytes(args) * <usize>thread;
  memory.fill(gray, 0, line * <usize>(H + 2));
  const end = share(N, 1, thread + 1, threads);
  for (let n = share(N, 1, thread, threads); n < end; n++) {
    const image = <usize>n * <usize>H * <usize>W;
    for (let h: u32 = 0; h < H; h++)
      writeGray(gray + line * <usize>(h + 1) + 4, load<usize>(args) + (image + <usize>h * <usize>W) * 12, W);
    for (let h: u32 = 0; h < H; h++)
      filter(load<usize>(args, 4) + (image + <usize>h * <usize>W) * 8, gray + line * <usize>h, line, W);
  }
}

/** Means over the colours of a line of pixels. */
function writeGray(to: usize, x: usize, W: u32): void {
  for (let w: u32 = 0; w < W; w += 4) {
    const v0 = v128.load(x + <usize>w * 12);
    const v1 = v128.load(x + <usize>w * 12, 16);
    const v2 = v128.load(x + <usize>w * 12, 32);
    const sum = f32x4.add(f32x4.add(reds(v0, v1, v2), greens(v0, v1, v2)), blues(v0, v1, v2));
    storeLanes(to + ((<usize>w) << 2), f32x4.div(sum, f32x4.splat(3)), W - w);
  }
}

/** One line of the output from the three of grays about it, each from the zero before its first pixel on. */
function filter(y: usize, gray: usize, line: usize, W: u32): void {
  const two = f32x4.splat(2);
  for (let w: u32 = 0; w < W; w += 4) {
    const above = gray + ((<usize>w) << 2);
    const here = above + line;
    const below = here + line;
    const left = weighted(v128.load(above), v128.load(here), v128.load(below), two);
    const right = weighted(v128.load(above, 8), v128.load(here, 8), v128.load(below, 8), two);
    const top = weighted(v128.load(above), v128.load(above, 4), v128.load(above, 8), two);
    const bottom = weighted(v128.load(below), v128.load(below, 4), v128.load(below, 8), two);
    const across = f32x4.sub(left, right);
    const down = f32x4.sub(top, bottom);
    const to = y + ((<usize>w) << 3);
    storeLanes(to, v128.shuffle<f32>(across, down, 0, 4, 1, 5), 2 * (W - w));
    if (W - w > 2) storeLanes(to + 16, v128.shuffle<f32>(across, down, 2, 6, 3, 7), 2 * (W - w) - 4);
  }
}

/** a + 2 b + c */
function weighted(a: v128, b: v128, c: v128, two: v128): v128 {
  return f32x4.add(f32x4.add(a, c), f32x4.mul(two, b));
}
