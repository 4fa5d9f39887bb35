import { storeLanes } from "../runtime/lanes";
import { exp4 } from "../runtime/math";
import { share } from "../runtime/share";

// y = e^x. Arguments: x, y, scratch, size.
export function exp(args: usize, thread: u32, threads: u32): void {
  const x = load<usize>(args);
  const y = load<usize>(args, 4);
  const size = load<u32>(args, 12);
  const end = share(size, 16, thread + 1, threads);
  for (let i = share(size, 16, thread, threads); i < end; i += 4) {
    const at = (<usize>i) << 2;
    storeLanes(y + at, exp4(v128.load(x + at)), end - i);
  }
}
