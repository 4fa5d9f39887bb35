import { share } from "../runtime/share";

// y[n] = labels[indices[n]]. Arguments: labels, indices, y, scratch, N.
export function takeLabels(args: usize, thread: u32, threads: u32): void {
  const labels = load<usize>(args);
  const indices = load<usize>(args, 4);
  const y = load<usize>(args, 8);
  const N = load<u32>(args, 16);
  const end = share(N, 1, thread + 1, threads);
  for (let n = share(N, 1, thread, threads); n < end; n++) {
    const at = (<usize>n) << 2;
    store<u32>(y + at, load<u32>(labels + ((<usize>load<u32>(indices + at)) << 2)));
  }
}
