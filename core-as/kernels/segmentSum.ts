import { lanes, share } from "../runtime/share";

// y[n] = sum of x[b] where owners[b] = n, in blocks of 128 so that rounding errors stay small. Owners ascend, so that
// a segment's ends are found by bisection. Arguments: x, owners, y, scratch, size, segments.
const BLOCK: u32 = 128;

export function segmentSum(args: usize, thread: u32, threads: u32): void {
  const x = load<usize>(args);
  const owners = load<usize>(args, 4);
  const y = load<usize>(args, 8);
  const size = load<u32>(args, 16);
  const segments = load<u32>(args, 20);
  const end = share(segments, 1, thread + 1, threads);
  for (let n = share(segments, 1, thread, threads); n < end; n++) {
    const to = firstOf(n + 1, owners, size);
    let total: f32 = 0;
    for (let b = firstOf(n, owners, size); b < to; b += BLOCK)
      total += sumOf(x + ((<usize>b) << 2), min(BLOCK, to - b));
    store<f32>(y + ((<usize>n) << 2), total);
  }
}

/** The first position whose owner is n or later. */
function firstOf(n: u32, owners: usize, size: u32): u32 {
  let low: u32 = 0;
  let high = size;
  while (low < high) {
    const middle = (low + high) / 2;
    if (load<u32>(owners + ((<usize>middle) << 2)) < n) low = middle + 1;
    else high = middle;
  }
  return low;
}

function sumOf(p: usize, count: u32): f32 {
  let v = f32x4.splat(0);
  let i: u32 = 0;
  for (; i + 4 <= count; i += 4) v = f32x4.add(v, v128.load(p + ((<usize>i) << 2)));
  let total = lanes(v);
  for (; i < count; i++) total += load<f32>(p + ((<usize>i) << 2));
  return total;
}
