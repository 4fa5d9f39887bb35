import { lanes, share } from "../runtime/share";

// y[o, i] = sum over n of x[o, n, i], in blocks of 128 along n so that rounding errors stay small:
// a sum of block sums. Arguments: x, y, scratch, outer, count, inner.
const BLOCK: u32 = 128;

export function sum(args: usize, thread: u32, threads: u32): void {
  const x = load<usize>(args);
  const y = load<usize>(args, 4);
  const outer = load<u32>(args, 12);
  const count = load<u32>(args, 16);
  const inner = load<u32>(args, 20);
  const panels = (inner + 3) / 4;
  const end = share(outer * panels, 1, thread + 1, threads);
  for (let item = share(outer * panels, 1, thread, threads); item < end; item++) {
    const o = item / panels;
    const i = (item % panels) * 4;
    const from = x + ((<usize>o * count * inner + i) << 2);
    const to = y + ((<usize>o * inner + i) << 2);
    if (inner == 1) store<f32>(to, row(from, count));
    else if (i + 4 <= inner) v128.store(to, columns(from, count, (<usize>inner) << 2));
    else
      for (let rest = i; rest < inner; rest++) {
        const by = (<usize>(rest - i)) << 2;
        store<f32>(to + by, column(from + by, count, (<usize>inner) << 2));
      }
  }
}

function row(p: usize, count: u32): f32 {
  let total: f32 = 0;
  while (count) {
    const n = min(count, BLOCK);
    let v = f32x4.splat(0);
    let i: u32 = 0;
    for (; i + 4 <= n; i += 4) v = f32x4.add(v, v128.load(p + ((<usize>i) << 2)));
    let block = lanes(v);
    for (; i < n; i++) block += load<f32>(p + ((<usize>i) << 2));
    total += block;
    p += (<usize>n) << 2;
    count -= n;
  }
  return total;
}

function columns(p: usize, count: u32, stride: usize): v128 {
  let total = f32x4.splat(0);
  while (count) {
    const n = min(count, BLOCK);
    let block = f32x4.splat(0);
    for (let i: u32 = 0; i < n; i++, p += stride) block = f32x4.add(block, v128.load(p));
    total = f32x4.add(total, block);
    count -= n;
  }
  return total;
}

function column(p: usize, count: u32, stride: usize): f32 {
  let total: f32 = 0;
  while (count) {
    const n = min(count, BLOCK);
    let block: f32 = 0;
    for (let i: u32 = 0; i < n; i++, p += stride) block += load<f32>(p);
    total += block;
    count -= n;
  }
  return total;
}
