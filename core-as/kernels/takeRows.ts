import { share } from "../runtime/share";

// y[n] = x[indices[n]]. Arguments: x, indices, y, scratch, N, D.
export function takeRows(args: usize, thread: u32, threads: u32): void {
  const x = load<usize>(args);
  const indices = load<usize>(args, 4);
  const y = load<usize>(args, 8);
  const N = load<u32>(args, 16);
  const bytes = (<usize>load<u32>(args, 20)) << 2;
  const end = share(N, 1, thread + 1, threads);
  for (let n = share(N, 1, thread, threads); n < end; n++)
    memory.copy(y + <usize>n * bytes, x + <usize>load<u32>(indices + ((<usize>n) << 2)) * bytes, bytes);
}
