import { storeLanes } from "../runtime/lanes";
import { exp1 } from "../runtime/math";
import { madd, share } from "../runtime/share";

// y = the sum over k from -r to r of g[k] x, k pixels further along the axis; g[k] = exp(-k^2 / (2 sigma^2)) / their sum
//
// Arguments: x, rows, y, scratch, N, H, W, axis, kernel. A pass is over pieces: the image with its lines one after another
// (down), or one line with its pixels (across). A piece is laid into scratch with what lies mirrored at both ends; then
// what is k further along the axis is k steps further in memory, for all of the piece alike.

/** Numbers of one step along the axis, and steps of a piece. */
function stepOf(args: usize): u32 {
  return load<u32>(args, 28) == 1 ? 3 * load<u32>(args, 24) : 3;
}

function stepsOf(args: usize): u32 {
  return load<u32>(args, 28) == 1 ? load<u32>(args, 20) : load<u32>(args, 24);
}

/** The weights g[0] to g[r], and a padded piece. */
function threadBytes(args: usize): usize {
  const kernel = load<u32>(args, 32);
  const piece = <usize>(stepsOf(args) + kernel - 1) * <usize>stepOf(args);
  return (((<usize>kernel + piece) << 2) + 16 + 63) & ~63;
}

export function gaussianBlurScratch(args: usize, threads: u32): usize {
  return threadBytes(args) * <usize>threads;
}

export function gaussianBlur(args: usize, thread: u32, threads: u32): void {
  const N = load<u32>(args, 16);
  const numbers: u32 = 3 * load<u32>(args, 20) * load<u32>(args, 24);
  const r = (load<u32>(args, 32) - 1) / 2;
  const step = stepOf(args);
  const steps = stepsOf(args);
  const weights = load<usize>(args, 12) + threadBytes(args) * <usize>thread;
  const padded = weights + ((<usize>r + 1) << 2);
  const end = share(N, 1, thread + 1, threads);
  for (let n = share(N, 1, thread, threads); n < end; n++) {
    const image = (<usize>n * numbers) << 2;
    const x = load<usize>(args) + image;
    const y = load<usize>(args, 8) + image;
    const sigma = load<f32>(load<usize>(args, 4) + ((<usize>n) << 2));
    if (sigma == 0) {
      memory.copy(y, x, (<usize>numbers) << 2);
      continue;
    }
    writeWeights(weights, sigma, r);
    for (let piece: u32 = 0; piece < numbers; piece += step * steps) {
      pad(padded, x + ((<usize>piece) << 2), step, steps, r);
      blur(y + ((<usize>piece) << 2), padded, weights, step, steps, r);
    }
  }
}

function writeWeights(weights: usize, sigma: f32, r: u32): void {
  let whole: f32 = 1;
  for (let k: u32 = 1; k <= r; k++) {
    const weight = exp1(-(<f32>(k * k)) / (2 * sigma * sigma));
    store<f32>(weights + ((<usize>k) << 2), weight);
    whole += 2 * weight;
  }
  store<f32>(weights, 1 / whole);
  for (let k: u32 = 1; k <= r; k++) {
    const at = weights + ((<usize>k) << 2);
    store<f32>(at, load<f32>(at) / whole);
  }
}

/** A piece with r steps before it and behind it, mirrored in its first and its last. */
function pad(to: usize, x: usize, step: u32, steps: u32, r: u32): void {
  const bytes = (<usize>step) << 2;
  memory.copy(to + bytes * <usize>r, x, bytes * <usize>steps);
  for (let k: u32 = 1; k <= r; k++) {
    memory.copy(to + bytes * <usize>(r - k), x + bytes * <usize>k, bytes);
    memory.copy(to + bytes * <usize>(r + steps - 1 + k), x + bytes * <usize>(steps - 1 - k), bytes);
  }
}

function blur(y: usize, padded: usize, weights: usize, step: u32, steps: u32, r: u32): void {
  const bytes = (<usize>step) << 2;
  const numbers: u32 = step * steps;
  for (let i: u32 = 0; i < numbers; i += 4) {
    const here = padded + ((<usize>i) << 2) + bytes * <usize>r;
    let sum = f32x4.mul(v128.load_splat<f32>(weights), v128.load(here));
    let before = here;
    let after = here;
    for (let k: u32 = 1; k <= r; k++) {
      before -= bytes;
      after += bytes;
      const both = f32x4.add(v128.load(before), v128.load(after));
      sum = madd(v128.load_splat<f32>(weights + ((<usize>k) << 2)), both, sum);
    }
    storeLanes(y + ((<usize>i) << 2), sum, numbers - i);
  }
}
