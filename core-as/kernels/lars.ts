import { storeLanes } from "../runtime/lanes";
import { madd, share } from "../runtime/share";

// local = trust |p| / (|g| + decay |p|);  v <- momentum v + rate local (g + decay p);  p <- p - v.
// Arguments: g, settings, owners, pp, gg, arena, scratch, size. Blocks of 64 numbers have one owner.
export function lars(args: usize, thread: u32, threads: u32): void {
  const g = load<usize>(args);
  const settings = load<usize>(args, 4);
  const owners = load<usize>(args, 8);
  const pp = load<usize>(args, 12);
  const gg = load<usize>(args, 16);
  const p = load<usize>(args, 20);
  const size = load<u32>(args, 28);
  const v = p + ((<usize>size) << 2);
  const last = share(size, 64, thread + 1, threads);
  for (let first = share(size, 64, thread, threads); first < last; first += 64) {
    const owner = <usize>load<u32>(owners + ((<usize>(first / 64)) << 2));
    const row = settings + (owner << 4);
    const rate = f32x4.splat(
      load<f32>(row) * local(row, load<f32>(pp + (owner << 2)), load<f32>(gg + (owner << 2))),
    );
    const momentum = f32x4.splat(load<f32>(row, 4));
    const decay = f32x4.splat(load<f32>(row, 8));
    const end = min(first + 64, last);
    for (let i = first; i < end; i += 4) {
      const at = (<usize>i) << 2;
      const weights = v128.load(p + at);
      const d = madd(decay, weights, v128.load(g + at));
      const moment = madd(momentum, v128.load(v + at), f32x4.mul(rate, d));
      storeLanes(v + at, moment, end - i);
      storeLanes(p + at, f32x4.sub(weights, moment), end - i);
    }
  }
}

function local(row: usize, pp: f32, gg: f32): f32 {
  const decay = load<f32>(row, 8);
  const trust = load<f32>(row, 12);
  if (!(trust > 0 && pp > 0 && gg > 0)) return 1;
  const whole = sqrt<f32>(pp);
  return (trust * whole) / (sqrt<f32>(gg) + decay * whole);
}
