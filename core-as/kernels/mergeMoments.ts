import { share } from "../runtime/share";

// mean = sum of n_k mean_k / n,  var = sum of (squares_k + n_k (mean_k - mean)^2) / n, in f64: there are few.
// Arguments: moments, y, scratch, groups, chunks, rows, chunk, channels.
export function mergeMoments(args: usize, thread: u32, threads: u32): void {
  const moments = load<usize>(args);
  const y = load<usize>(args, 4);
  const chunks = load<u32>(args, 16);
  const rows = load<u32>(args, 20);
  const chunk = load<u32>(args, 24);
  const channels = load<u32>(args, 28);
  const stride = (<usize>channels) << 2;
  const last = share(load<u32>(args, 12) * channels, 1, thread + 1, threads);
  for (let item = share(load<u32>(args, 12) * channels, 1, thread, threads); item < last; item++) {
    const group = item / channels;
    const c = (<usize>(item % channels)) << 2;
    const from = moments + ((<usize>(group * chunks * 2) * channels) << 2) + c;
    let mean: f64 = 0;
    let p = from;
    for (let k: u32 = 0; k < chunks; k++, p += 2 * stride)
      mean += <f64>(min(rows, (k + 1) * chunk) - k * chunk) * <f64>load<f32>(p);
    mean /= rows;
    let squares: f64 = 0;
    p = from;
    for (let k: u32 = 0; k < chunks; k++, p += 2 * stride) {
      const d = <f64>load<f32>(p) - mean;
      squares += <f64>load<f32>(p + stride) + <f64>(min(rows, (k + 1) * chunk) - k * chunk) * d * d;
    }
    const to = y + ((<usize>(group * 2) * channels) << 2) + c;
    store<f32>(to, <f32>mean);
    store<f32>(to + stride, <f32>(squares / rows));
  }
}
