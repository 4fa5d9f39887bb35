import { storeLanes } from "../runtime/lanes";
import { exp4, log1p4 } from "../runtime/math";
import { share } from "../runtime/share";

// y = log(1 + e^x) = max(x, 0) + log(1 + e^-|x|). Arguments: x, y, scratch, size.
export function softplus(args: usize, thread: u32, threads: u32): void {
  const x = load<usize>(args);
  const y = load<usize>(args, 4);
  const size = load<u32>(args, 12);
  const end = share(size, 16, thread + 1, threads);
  for (let i = share(size, 16, thread, threads); i < end; i += 4) {
    const at = (<usize>i) << 2;
    const v = v128.load(x + at);
    const rest = log1p4(exp4(f32x4.neg(f32x4.abs(v))));
    storeLanes(y + at, f32x4.add(f32x4.pmax(v, f32x4.splat(0)), rest), end - i);
  }
}
