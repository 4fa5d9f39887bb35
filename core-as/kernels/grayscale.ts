import { blues, greens, luma, mixed0, mixed1, mixed2, reds, storePixels } from "../runtime/color";
import { share } from "../runtime/share";

// y[n] = luma of x[n] in all three channels where row n is 1; else x[n]. Arguments: x, rows, y, scratch, N, pixels.

export function grayscale(args: usize, thread: u32, threads: u32): void {
  const rows = load<usize>(args, 4);
  const N = load<u32>(args, 16);
  const pixels = load<u32>(args, 20);
  const bytes = <usize>pixels * 12;
  const end = share(N, 1, thread + 1, threads);
  for (let n = share(N, 1, thread, threads); n < end; n++) {
    let x = load<usize>(args) + <usize>n * bytes;
    let y = load<usize>(args, 8) + <usize>n * bytes;
    if (load<f32>(rows + ((<usize>n) << 2)) == 0) {
      memory.copy(y, x, bytes);
      continue;
    }
    for (let p: u32 = 0; p < pixels; p += 4, x += 48, y += 48) {
      const v0 = v128.load(x);
      const v1 = v128.load(x, 16);
      const v2 = v128.load(x, 32);
      const gray = luma(reds(v0, v1, v2), greens(v0, v1, v2), blues(v0, v1, v2));
      const rest = pixels - p;
      storePixels(y, mixed0(gray, gray, gray), mixed1(gray, gray, gray), mixed2(gray, gray, gray), rest);
    }
  }
}
