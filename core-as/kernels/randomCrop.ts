import { share } from "../runtime/share";

// y[n, h, w] = x[n, top + h, left + w] with top and left of row n; zeros outside of x
//
// Arguments: x, rows, y, scratch, N, H, W, height, width. Of each line, the pixels that lie within x are one piece.

const PIXEL: usize = 12; // bytes

export function randomCrop(args: usize, thread: u32, threads: u32): void {
  const N = load<u32>(args, 16);
  const H = load<i32>(args, 20);
  const W = load<i32>(args, 24);
  const height = load<i32>(args, 28);
  const width = load<i32>(args, 32);
  const line = PIXEL * <usize>width;
  const end = share(N, 1, thread + 1, threads);
  for (let n = share(N, 1, thread, threads); n < end; n++) {
    const row = load<usize>(args, 4) + ((<usize>n) << 3);
    const top = <i32>load<f32>(row);
    const left = <i32>load<f32>(row, 4);
    const image = load<usize>(args) + PIXEL * <usize>n * <usize>H * <usize>W;
    const first = max<i32>(0, -left);
    const pixels = min<i32>(width, W - left) - first;
    let y = load<usize>(args, 8) + <usize>n * <usize>height * line;
    for (let i = top; i < top + height; i++, y += line) {
      memory.fill(y, 0, line);
      if (i >= 0 && i < H && pixels > 0)
        memory.copy(
          y + PIXEL * <usize>first,
          image + PIXEL * <usize>(i * W + left + first),
          PIXEL * <usize>pixels,
        );
    }
  }
}
