import { storeLanes } from "../runtime/lanes";
import { share } from "../runtime/share";
import { windowEnd, windowStart } from "../runtime/window";

// dx = each window's dy at its first maximum. Arguments: dy, x, dx, scratch, N, H, W, C, outH, outW, kernel, stride, padding.
//
// A thread has whole images and their windows in order, so it may scatter: the order of additions is the windows'.
export function maxPool2dGrad(args: usize, thread: u32, threads: u32): void {
  const N = load<u32>(args, 16);
  const H = load<u32>(args, 20);
  const W = load<u32>(args, 24);
  const pixel = (<usize>load<u32>(args, 28)) << 2;
  const outH = load<u32>(args, 32);
  const outW = load<u32>(args, 36);
  const kernel = load<u32>(args, 40);
  const stride = load<u32>(args, 44);
  const padding = load<u32>(args, 48);
  const bytes = <usize>H * <usize>W * pixel;
  const last = share(N, 1, thread + 1, threads);
  for (let n = share(N, 1, thread, threads); n < last; n++) {
    const x = load<usize>(args, 4) + <usize>n * bytes;
    const dx = load<usize>(args, 8) + <usize>n * bytes;
    let dy = load<usize>(args) + <usize>n * <usize>outH * <usize>outW * pixel;
    memory.fill(dx, 0, bytes);
    for (let oh: u32 = 0; oh < outH; oh++) {
      const top = windowStart(oh, stride, padding);
      const bottom = windowEnd(oh, kernel, stride, padding, H);
      for (let ow: u32 = 0; ow < outW; ow++, dy += pixel) {
        const left = windowStart(ow, stride, padding);
        const right = windowEnd(ow, kernel, stride, padding, W);
        for (let at: usize = 0; at < pixel; at += 16) {
          let best = f32x4.splat(<f32>-Infinity);
          for (let h = top; h < bottom; h++)
            for (let w = left; w < right; w++)
              best = f32x4.max(best, v128.load(x + <usize>(h * W + w) * pixel + at));
          let open = v128.load(dy + at); // what no maximum has taken yet
          for (let h = top; h < bottom; h++)
            for (let w = left; w < right; w++) {
              const to = <usize>(h * W + w) * pixel + at;
              const hit = f32x4.eq(v128.load(x + to), best);
              storeLanes(
                dx + to,
                f32x4.add(v128.load(dx + to), v128.and(open, hit)),
                <u32>((pixel - at) >> 2),
              );
              open = v128.andnot(open, hit);
            }
        }
      }
    }
  }
}
