import { storeLanes } from "./lanes";
import { madd, share } from "./share";

/**
 * y = (x - mean) / sqrt(var + eps) * gamma + beta, plus `residual` if there is one, rectified with relu.
 *
 * Arguments: x, moments, gamma, beta; from `rest` on y, scratch, groups, rows, chunks, chunk, channels, relu, eps. One item is
 * a chunk of rows of one group.
 */
export function normalise(args: usize, rest: usize, residual: usize, thread: u32, threads: u32): void {
  const x = load<usize>(args);
  const moments = load<usize>(args, 4);
  const gamma = load<usize>(args, 8);
  const beta = load<usize>(args, 12);
  const y = load<usize>(rest);
  const groups = load<u32>(rest, 8);
  const rows = load<u32>(rest, 12);
  const chunks = load<u32>(rest, 16);
  const chunk = load<u32>(rest, 20);
  const stride = (<usize>load<u32>(rest, 24)) << 2;
  const relu = load<u32>(rest, 28) != 0;
  const eps = load<f32>(rest, 32);
  const scales = load<usize>(rest, 4) + ((stride + 127) & ~63) * thread;
  let known: u32 = -1;
  const last = share(groups * chunks, 1, thread + 1, threads);
  for (let item = share(groups * chunks, 1, thread, threads); item < last; item++) {
    const group = item / chunks;
    const mean = moments + <usize>(group * 2) * stride;
    if (group != known) {
      for (let c: usize = 0; c < stride; c += 4)
        store<f32>(scales + c, load<f32>(gamma + c) / Mathf.sqrt(load<f32>(mean + stride + c) + eps));
      known = group;
    }
    const first = (item % chunks) * chunk;
    const at = <usize>(group * rows + first) * stride;
    const end = at + <usize>min(chunk, rows - first) * stride;
    if (residual) added(x, residual, y, at, end, stride, mean, scales, beta);
    else if (relu) rectified(x, y, at, end, stride, mean, scales, beta);
    else plain(x, y, at, end, stride, mean, scales, beta);
  }
}

/** (x - mean) * scale + beta of four channels. */
function normal(x: usize, mean: usize, scale: usize, beta: usize): v128 {
  return madd(f32x4.sub(v128.load(x), v128.load(mean)), v128.load(scale), v128.load(beta));
}

function plain(
  x: usize,
  y: usize,
  at: usize,
  end: usize,
  stride: usize,
  mean: usize,
  scales: usize,
  beta: usize,
): void {
  for (; at < end; at += stride)
    for (let c: usize = 0; c < stride; c += 16)
      storeLanes(y + at + c, normal(x + at + c, mean + c, scales + c, beta + c), <u32>(stride - c) >> 2);
}

function rectified(
  x: usize,
  y: usize,
  at: usize,
  end: usize,
  stride: usize,
  mean: usize,
  scales: usize,
  beta: usize,
): void {
  const zero = f32x4.splat(0);
  for (; at < end; at += stride)
    for (let c: usize = 0; c < stride; c += 16) {
      const value = normal(x + at + c, mean + c, scales + c, beta + c);
      storeLanes(y + at + c, f32x4.pmax(value, zero), <u32>(stride - c) >> 2);
    }
}

function added(
  x: usize,
  residual: usize,
  y: usize,
  at: usize,
  end: usize,
  stride: usize,
  mean: usize,
  scales: usize,
  beta: usize,
): void {
  const zero = f32x4.splat(0);
  for (; at < end; at += stride)
    for (let c: usize = 0; c < stride; c += 16) {
      const value = normal(x + at + c, mean + c, scales + c, beta + c);
      const total = f32x4.add(value, v128.load(residual + at + c));
      storeLanes(y + at + c, f32x4.pmax(total, zero), <u32>(stride - c) >> 2);
    }
}
