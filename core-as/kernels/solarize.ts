import { storeLanes } from "../runtime/lanes";
import { share } from "../runtime/share";

// y[n] = 1 - x[n] where x[n] >= threshold, if row n is 1; else x[n]. Arguments: x, rows, y, scratch, N, pixels, threshold.

export function solarize(args: usize, thread: u32, threads: u32): void {
  const rows = load<usize>(args, 4);
  const N = load<u32>(args, 16);
  const numbers: u32 = 3 * load<u32>(args, 20);
  const threshold = v128.load_splat<f32>(args, 24);
  const bytes = (<usize>numbers) << 2;
  const end = share(N, 1, thread + 1, threads);
  for (let n = share(N, 1, thread, threads); n < end; n++) {
    const x = load<usize>(args) + <usize>n * bytes;
    const y = load<usize>(args, 8) + <usize>n * bytes;
    if (load<f32>(rows + ((<usize>n) << 2)) == 0) {
      memory.copy(y, x, bytes);
      continue;
    }
    for (let i: u32 = 0; i < numbers; i += 4) {
      const v = v128.load(x + ((<usize>i) << 2));
      const negative = f32x4.sub(f32x4.splat(1), v);
      storeLanes(y + ((<usize>i) << 2), v128.bitselect(negative, v, f32x4.ge(v, threshold)), numbers - i);
    }
  }
}
