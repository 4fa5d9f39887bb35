import { madd, share } from "../runtime/share";

// v <- momentum v + (g + decay p);  p <- p - rate v
// Arguments: g, settings, arena, scratch, size. Plain multiply and add for the scalar tail would give other bits than
// the vectors' fused ones, so sizes are whole vectors but for a last, partly used one.
export function sgd(args: usize, thread: u32, threads: u32): void {
  const g = load<usize>(args);
  const settings = load<usize>(args, 4);
  const p = load<usize>(args, 8);
  const size = load<u32>(args, 16);
  const v = p + ((<usize>size) << 2);
  const rate = f32x4.splat(-load<f32>(settings));
  const momentum = f32x4.splat(load<f32>(settings, 4));
  const decay = f32x4.splat(load<f32>(settings, 8));
  const end = share(size, 16, thread + 1, threads);
  for (let i = share(size, 16, thread, threads); i < end; i += 4) {
    const at = (<usize>i) << 2;
    if (i + 4 <= end) {
      const weights = v128.load(p + at);
      const moment = madd(momentum, v128.load(v + at), madd(decay, weights, v128.load(g + at)));
      v128.store(v + at, moment);
      v128.store(p + at, madd(rate, moment, weights));
    } else
      for (let rest = at; rest < (<usize>end) << 2; rest += 4) {
        const weight = v128.load_splat<f32>(p + rest);
        const moment = madd(
          momentum,
          v128.load_splat<f32>(v + rest),
          madd(decay, weight, v128.load_splat<f32>(g + rest)),
        );
        v128.store_lane<f32>(v + rest, moment, 0);
        v128.store_lane<f32>(p + rest, madd(rate, moment, weight), 0);
      }
  }
}
