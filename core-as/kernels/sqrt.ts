import { storeLanes } from "../runtime/lanes";
import { share } from "../runtime/share";

// y = sqrt x. Arguments: x, y, scratch, size.
export function sqrt(args: usize, thread: u32, threads: u32): void {
  const x = load<usize>(args);
  const y = load<usize>(args, 4);
  const size = load<u32>(args, 12);
  const end = share(size, 16, thread + 1, threads);
  for (let i = share(size, 16, thread, threads); i < end; i += 4) {
    const at = (<usize>i) << 2;
    storeLanes(y + at, f32x4.sqrt(v128.load(x + at)), end - i);
  }
}
