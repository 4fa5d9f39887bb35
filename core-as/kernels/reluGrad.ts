import { storeLanes } from "../runtime/lanes";
import { share } from "../runtime/share";

// dx = dy where y > 0, else 0. Arguments: dy, y, dx, scratch, size.
export function reluGrad(args: usize, thread: u32, threads: u32): void {
  const dy = load<usize>(args);
  const y = load<usize>(args, 4);
  const dx = load<usize>(args, 8);
  const size = load<u32>(args, 16);
  const end = share(size, 16, thread + 1, threads);
  for (let i = share(size, 16, thread, threads); i < end; i += 4) {
    const at = (<usize>i) << 2;
    const open = f32x4.gt(v128.load(y + at), f32x4.splat(0));
    storeLanes(dx + at, v128.and(v128.load(dy + at), open), end - i);
  }
}
