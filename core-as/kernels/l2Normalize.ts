import { storeLanes } from "../runtime/lanes";
import { dot } from "../runtime/rows";
import { share } from "../runtime/share";

// y[n] = x[n] / max(||x[n]||, eps). Arguments: x, y, scratch, N, D, eps.
export function l2Normalize(args: usize, thread: u32, threads: u32): void {
  const N = load<u32>(args, 12);
  const D = load<u32>(args, 16);
  const eps = load<f32>(args, 20);
  const end = share(N, 1, thread + 1, threads);
  for (let n = share(N, 1, thread, threads); n < end; n++) {
    const row = (<usize>n * D) << 2;
    const x = load<usize>(args) + row;
    const y = load<usize>(args, 4) + row;
    const norm = f32x4.splat(max(sqrt(dot(x, x, D)), eps));
    for (let d: u32 = 0; d < D; d += 4) {
      const at = (<usize>d) << 2;
      storeLanes(y + at, f32x4.div(v128.load(x + at), norm), D - d);
    }
  }
}
