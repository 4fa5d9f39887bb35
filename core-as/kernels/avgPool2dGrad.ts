import { storeLanes } from "../runtime/lanes";
import { share } from "../runtime/share";
import { holderEnd, holderStart, windowEnd, windowStart } from "../runtime/window";

// dx[n, h, w, c] = sum of dy / count over the windows that hold (h, w)
// Arguments: dy, dx, scratch, N, H, W, C, outH, outW, kernel, stride, padding, countIncludePad.
export function avgPool2dGrad(args: usize, thread: u32, threads: u32): void {
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
  const rows = load<u32>(args, 12) * H;
  const last = share(rows, 1, thread + 1, threads);
  for (let row = share(rows, 1, thread, threads); row < last; row++) {
    const image = load<usize>(args) + <usize>(row / H) * <usize>outH * <usize>outW * pixel;
    let dx = load<usize>(args, 4) + <usize>row * <usize>W * pixel;
    const top = holderStart(row % H, kernel, stride, padding);
    const bottom = holderEnd(row % H, stride, padding, outH);
    for (let w: u32 = 0; w < W; w++, dx += pixel) {
      const left = holderStart(w, kernel, stride, padding);
      const right = holderEnd(w, stride, padding, outW);
      for (let c: u32 = 0; c < C; c += 4) {
        const at = (<usize>c) << 2;
        let sum = f32x4.splat(0);
        for (let oh = top; oh < bottom; oh++) {
          const high = windowEnd(oh, kernel, stride, padding, H) - windowStart(oh, stride, padding);
          for (let ow = left; ow < right; ow++) {
            const wide = windowEnd(ow, kernel, stride, padding, W) - windowStart(ow, stride, padding);
            const count = f32x4.splat(<f32>(whole ? kernel * kernel : high * wide));
            sum = f32x4.add(sum, f32x4.div(v128.load(image + <usize>(oh * outW + ow) * pixel + at), count));
          }
        }
        storeLanes(dx + at, sum, C - c);
      }
    }
  }
}
