import { storeLanes } from "../runtime/lanes";
import { madd, share } from "../runtime/share";

// p <- p - fade p;  m <- m + rise1 (g - m);  v <- v + rise2 (g^2 - v);  p <- p - rate m / (sqrt(v) scale + eps).
// Arguments: g, settings, owners, arena, scratch, size. Blocks of 64 numbers have one owner.
export function adamw(args: usize, thread: u32, threads: u32): void {
  const g = load<usize>(args);
  const settings = load<usize>(args, 4);
  const owners = load<usize>(args, 8);
  const p = load<usize>(args, 12);
  const size = load<u32>(args, 20);
  const m = p + ((<usize>size) << 2);
  const v = m + ((<usize>size) << 2);
  const last = share(size, 64, thread + 1, threads);
  for (let first = share(size, 64, thread, threads); first < last; first += 64) {
    const row = settings + load<u32>(owners + ((<usize>(first / 64)) << 2)) * 24;
    const rate = f32x4.splat(load<f32>(row));
    const fade = f32x4.splat(-load<f32>(row, 4));
    const rise1 = f32x4.splat(load<f32>(row, 8));
    const rise2 = f32x4.splat(load<f32>(row, 12));
    const scale = f32x4.splat(load<f32>(row, 16));
    const eps = f32x4.splat(load<f32>(row, 20));
    const end = min(first + 64, last);
    for (let i = first; i < end; i += 4) {
      const at = (<usize>i) << 2;
      const slope = v128.load(g + at);
      const mean = v128.load(m + at);
      const square = v128.load(v + at);
      const nextMean = madd(rise1, f32x4.sub(slope, mean), mean);
      const nextSquare = madd(rise2, f32x4.sub(f32x4.mul(slope, slope), square), square);
      const weights = v128.load(p + at);
      const by = f32x4.div(f32x4.mul(rate, nextMean), madd(f32x4.sqrt(nextSquare), scale, eps));
      storeLanes(m + at, nextMean, end - i);
      storeLanes(v + at, nextSquare, end - i);
      storeLanes(p + at, f32x4.sub(madd(fade, weights, weights), by), end - i);
    }
  }
}
