import { dot } from "../runtime/rows";
import { share } from "../runtime/share";

// y[b] = sum of x[i]^2 over the 64 numbers of block b. Arguments: x, y, scratch, size.
export function blockSquares(args: usize, thread: u32, threads: u32): void {
  const x = load<usize>(args);
  const y = load<usize>(args, 4);
  const size = load<u32>(args, 12);
  const end = share(size, 64, thread + 1, threads);
  for (let i = share(size, 64, thread, threads); i < end; i += 64) {
    const at = x + ((<usize>i) << 2);
    store<f32>(y + ((<usize>(i / 64)) << 2), dot(at, at, min<u32>(64, end - i)));
  }
}
