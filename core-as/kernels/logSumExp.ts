import { log1 } from "../runtime/math";
import { largest, sumExp } from "../runtime/rows";
import { share } from "../runtime/share";

// y[n] = log sum over c of exp(x[n, c]). Arguments: x, y, scratch, N, C.
export function logSumExp(args: usize, thread: u32, threads: u32): void {
  const y = load<usize>(args, 4);
  const N = load<u32>(args, 12);
  const C = load<u32>(args, 16);
  const end = share(N, 1, thread + 1, threads);
  for (let n = share(N, 1, thread, threads); n < end; n++) {
    const row = load<usize>(args) + ((<usize>n * C) << 2);
    const top = largest(row, C);
    store<f32>(y + ((<usize>n) << 2), top + log1(sumExp(row, C, top)));
  }
}
