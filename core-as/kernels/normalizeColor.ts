import { mixed0, mixed1, mixed2, storePixels } from "../runtime/color";
import { share } from "../runtime/share";

// y[p, c] = (x[p, c] - mean[c]) / std[c], four pixels in three vectors
// Arguments: x, y, scratch, pixels, meanR, meanG, meanB, stdR, stdG, stdB.
export function normalizeColor(args: usize, thread: u32, threads: u32): void {
  const x = load<usize>(args);
  const y = load<usize>(args, 4);
  const r = v128.load_splat<f32>(args, 16);
  const g = v128.load_splat<f32>(args, 20);
  const b = v128.load_splat<f32>(args, 24);
  const mean0 = mixed0(r, g, b);
  const mean1 = mixed1(r, g, b);
  const mean2 = mixed2(r, g, b);
  const stdR = v128.load_splat<f32>(args, 28);
  const stdG = v128.load_splat<f32>(args, 32);
  const stdB = v128.load_splat<f32>(args, 36);
  const std0 = mixed0(stdR, stdG, stdB);
  const std1 = mixed1(stdR, stdG, stdB);
  const std2 = mixed2(stdR, stdG, stdB);
  const pixels = load<u32>(args, 12);
  const end = share(pixels, 16, thread + 1, threads);
  for (let p = share(pixels, 16, thread, threads); p < end; p += 4) {
    const at = <usize>p * 12;
    const v0 = f32x4.div(f32x4.sub(v128.load(x + at), mean0), std0);
    const v1 = f32x4.div(f32x4.sub(v128.load(x + at, 16), mean1), std1);
    const v2 = f32x4.div(f32x4.sub(v128.load(x + at, 32), mean2), std2);
    storePixels(y + at, v0, v1, v2, end - p);
  }
}
