import { storeLanes } from "../runtime/lanes";
import { madd, share } from "../runtime/share";

// Per channel and chunk of rows: mean, and sum of squared deviations from it. One item is a chunk of one group.
// Arguments: x, y, scratch, groups, rows, chunks, chunk, channels.
//
// Sixteen channels (a cache line) at a time; the second pass finds the chunk in the cache.
export function batchMoments(args: usize, thread: u32, threads: u32): void {
  const x = load<usize>(args);
  const y = load<usize>(args, 4);
  const rows = load<u32>(args, 16);
  const chunks = load<u32>(args, 20);
  const chunk = load<u32>(args, 24);
  const channels = load<u32>(args, 28);
  const items = load<u32>(args, 12) * chunks;
  const last = share(items, 1, thread + 1, threads);
  for (let item = share(items, 1, thread, threads); item < last; item++) {
    const first = (item % chunks) * chunk;
    const count = min(chunk, rows - first);
    const from = x + ((<usize>((item / chunks) * rows + first) * channels) << 2);
    const to = y + ((<usize>(item * 2) * channels) << 2);
    let c: u32 = 0;
    for (; c + 16 <= channels; c += 16) sixteen(from + (c << 2), count, channels << 2, to + (c << 2));
    for (; c < channels; c += 4) four(from + (c << 2), count, channels, to + (c << 2), channels - c);
  }
}

function sixteen(x: usize, count: u32, stride: usize, y: usize): void {
  let m0 = f32x4.splat(0);
  let m1 = f32x4.splat(0);
  let m2 = f32x4.splat(0);
  let m3 = f32x4.splat(0);
  let p = x;
  for (let r = count; r; r--, p += stride) {
    m0 = f32x4.add(m0, v128.load(p));
    m1 = f32x4.add(m1, v128.load(p, 16));
    m2 = f32x4.add(m2, v128.load(p, 32));
    m3 = f32x4.add(m3, v128.load(p, 48));
  }
  const share = f32x4.splat(1 / <f32>count);
  m0 = f32x4.mul(m0, share);
  m1 = f32x4.mul(m1, share);
  m2 = f32x4.mul(m2, share);
  m3 = f32x4.mul(m3, share);
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(0);
  let s2 = f32x4.splat(0);
  let s3 = f32x4.splat(0);
  p = x;
  for (let r = count; r; r--, p += stride) {
    const d0 = f32x4.sub(v128.load(p), m0);
    const d1 = f32x4.sub(v128.load(p, 16), m1);
    const d2 = f32x4.sub(v128.load(p, 32), m2);
    const d3 = f32x4.sub(v128.load(p, 48), m3);
    s0 = madd(d0, d0, s0);
    s1 = madd(d1, d1, s1);
    s2 = madd(d2, d2, s2);
    s3 = madd(d3, d3, s3);
  }
  v128.store(y, m0);
  v128.store(y, m1, 16);
  v128.store(y, m2, 32);
  v128.store(y, m3, 48);
  y += stride;
  v128.store(y, s0);
  v128.store(y, s1, 16);
  v128.store(y, s2, 32);
  v128.store(y, s3, 48);
}

/** At most four channels; lanes beyond `wanted` hold numbers of the next row and are not stored. */
function four(x: usize, count: u32, channels: u32, y: usize, wanted: u32): void {
  const stride = (<usize>channels) << 2;
  let mean = f32x4.splat(0);
  let p = x;
  for (let r = count; r; r--, p += stride) mean = f32x4.add(mean, v128.load(p));
  mean = f32x4.mul(mean, f32x4.splat(1 / <f32>count));
  let squares = f32x4.splat(0);
  p = x;
  for (let r = count; r; r--, p += stride) {
    const d = f32x4.sub(v128.load(p), mean);
    squares = madd(d, d, squares);
  }
  storeLanes(y, mean, wanted);
  storeLanes(y + stride, squares, wanted);
}
