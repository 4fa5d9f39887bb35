import { storeLanes } from "../runtime/lanes";
import { madd, share } from "../runtime/share";

// d = g + decay p;  v <- momentum v + d;  p <- p - rate v, or p - rate (d + momentum v) by Nesterov.
// Arguments: g, settings, owners, arena, scratch, size, nesterov. Blocks of 64 numbers have one owner.
export function sgd(args: usize, thread: u32, threads: u32): void {
  const g = load<usize>(args);
  const settings = load<usize>(args, 4);
  const owners = load<usize>(args, 8);
  const p = load<usize>(args, 12);
  const size = load<u32>(args, 20);
  const nesterov = load<u32>(args, 24);
  const v = p + ((<usize>size) << 2);
  const last = share(size, 64, thread + 1, threads);
  for (let first = share(size, 64, thread, threads); first < last; first += 64) {
    const row = settings + load<u32>(owners + ((<usize>(first / 64)) << 2)) * 12;
    const rate = f32x4.splat(-load<f32>(row));
    const momentum = f32x4.splat(load<f32>(row, 4));
    const decay = f32x4.splat(load<f32>(row, 8));
    const end = min(first + 64, last);
    for (let i = first; i < end; i += 4) {
      const at = (<usize>i) << 2;
      const weights = v128.load(p + at);
      const d = madd(decay, weights, v128.load(g + at));
      const moment = madd(momentum, v128.load(v + at), d);
      const by = nesterov ? madd(momentum, moment, d) : moment;
      storeLanes(v + at, moment, end - i);
      storeLanes(p + at, madd(rate, by, weights), end - i);
    }
  }
}
