import { storeLanes } from "../runtime/lanes";
import { dot } from "../runtime/rows";
import { madd, share } from "../runtime/share";

// dx = (dy - (dy . y) y) / ||x||, or dy / eps where ||x|| <= eps. Arguments: dy, x, y, dx, scratch, N, D, eps.
export function l2NormalizeGrad(args: usize, thread: u32, threads: u32): void {
  const N = load<u32>(args, 20);
  const D = load<u32>(args, 24);
  const eps = load<f32>(args, 28);
  const end = share(N, 1, thread + 1, threads);
  for (let n = share(N, 1, thread, threads); n < end; n++) {
    const row = (<usize>n * D) << 2;
    const dy = load<usize>(args) + row;
    const x = load<usize>(args, 4) + row;
    const y = load<usize>(args, 8) + row;
    const dx = load<usize>(args, 12) + row;
    const norm = sqrt(dot(x, x, D));
    const along = f32x4.splat(norm > eps ? -dot(dy, y, D) : 0);
    const length = f32x4.splat(max(norm, eps));
    for (let d: u32 = 0; d < D; d += 4) {
      const at = (<usize>d) << 2;
      const across = madd(along, v128.load(y + at), v128.load(dy + at));
      storeLanes(dx + at, f32x4.div(across, length), D - d);
    }
  }
}
