import { storeLanes } from "../runtime/lanes";
import { share } from "../runtime/share";

// g <- g * min(1, max / (|g| + 1e-6)). Arguments: gg, g, scratch, size, max.
export function clipNorm(args: usize, thread: u32, threads: u32): void {
  const gg = load<f32>(load<usize>(args));
  const g = load<usize>(args, 4);
  const size = load<u32>(args, 12);
  const scale = f32x4.splat(min<f32>(1, load<f32>(args, 16) / (sqrt<f32>(gg) + 1e-6)));
  const end = share(size, 16, thread + 1, threads);
  for (let i = share(size, 16, thread, threads); i < end; i += 4) {
    const at = g + ((<usize>i) << 2);
    storeLanes(at, f32x4.mul(scale, v128.load(at)), end - i);
  }
}
