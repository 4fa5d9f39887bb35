import { share } from "../runtime/share";

// y[n, i] = x[n, indices[n, i]]. Arguments: x, indices, y, scratch, N, M, k.
export function takeAlong(args: usize, thread: u32, threads: u32): void {
  const indices = load<usize>(args, 4);
  const y = load<usize>(args, 8);
  const N = load<u32>(args, 16);
  const M = load<u32>(args, 20);
  const k = load<u32>(args, 24);
  const end = share(N, 1, thread + 1, threads);
  for (let n = share(N, 1, thread, threads); n < end; n++) {
    const x = load<usize>(args) + ((<usize>n * M) << 2);
    for (let i: u32 = 0; i < k; i++) {
      const at = (<usize>(n * k + i)) << 2;
      store<f32>(y + at, load<f32>(x + ((<usize>load<u32>(indices + at)) << 2)));
    }
  }
}
