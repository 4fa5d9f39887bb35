import { storeLanes } from "../runtime/lanes";
import { madd, share } from "../runtime/share";

// target <- momentum * target + (1 - momentum) * value. Arguments: value, momentum, target, scratch, size.
export function ema(args: usize, thread: u32, threads: u32): void {
  const value = load<usize>(args);
  const momentum = v128.load_splat<f32>(load<usize>(args, 4));
  const target = load<usize>(args, 8);
  const size = load<u32>(args, 16);
  const rest = f32x4.sub(f32x4.splat(1), momentum);
  const end = share(size, 16, thread + 1, threads);
  for (let i = share(size, 16, thread, threads); i < end; i += 4) {
    const at = (<usize>i) << 2;
    const old = v128.load(target + at);
    storeLanes(target + at, madd(momentum, old, f32x4.mul(rest, v128.load(value + at))), end - i);
  }
}
