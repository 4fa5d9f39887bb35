import { storeLanes } from "../runtime/lanes";
import { share } from "../runtime/share";
import { windowEnd, windowStart } from "../runtime/window";

// y[n, oh, ow, c] = sum of x over the window / count
// Arguments: x, y, scratch, N, H, W, C, outH, outW, kernel, stride, padding, countIncludePad.
export function avgPool2d(args: usize, thread: u32, threads: u32): void {
  const H = load<u32>(args, 16);
  const W = load<u32>(args, 20);
  const C = load<u32>(args, 24);
  const outH = load<u32>(args, 28);
  const outW = load<u32>(args, 32);
  const kernel = load<u32>(args, 36);
  const stride = load<u32>(args, 40);
  const padding = load<u32>(args, 44);
  const whole = load<u32>(args, 48);
  const pixel = (<usize>C) << 2;
  const rows = load<u32>(args, 12) * outH;
  const last = share(rows, 1, thread + 1, threads);
  for (let row = share(rows, 1, thread, threads); row < last; row++) {
    const image = load<usize>(args) + <usize>(row / outH) * <usize>H * <usize>W * pixel;
    let y = load<usize>(args, 4) + <usize>row * <usize>outW * pixel;
    const top = windowStart(row % outH, stride, padding);
    const bottom = windowEnd(row % outH, kernel, stride, padding, H);
    for (let ow: u32 = 0; ow < outW; ow++, y += pixel) {
      const left = windowStart(ow, stride, padding);
      const right = windowEnd(ow, kernel, stride, padding, W);
      const count = f32x4.splat(<f32>(whole ? kernel * kernel : (bottom - top) * (right - left)));
      for (let c: u32 = 0; c < C; c += 4) {
        const at = (<usize>c) << 2;
        let sum = f32x4.splat(0);
        for (let h = top; h < bottom; h++)
          for (let w = left; w < right; w++)
            sum = f32x4.add(sum, v128.load(image + <usize>(h * W + w) * pixel + at));
        storeLanes(y + at, f32x4.div(sum, count), C - c);
      }
    }
  }
}
