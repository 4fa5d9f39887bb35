import { share } from "../runtime/share";

// A patch of each cell of a 3 x 3 grid, side by side. Arguments: x, rows, y, scratch, N, H, W, size.

const PIXEL: usize = 12; // bytes

export function patches(args: usize, thread: u32, threads: u32): void {
  const H = <usize>load<u32>(args, 20);
  const W = <usize>load<u32>(args, 24);
  const size = <usize>load<u32>(args, 28);
  const all = 9 * load<u32>(args, 16);
  const line = PIXEL * size;
  const end = share(all, 1, thread + 1, threads);
  for (let patch = share(all, 1, thread, threads); patch < end; patch++) {
    const n = <usize>(patch / 9);
    const a = <usize>((patch % 9) / 3);
    const b = <usize>(patch % 3);
    const row = load<usize>(args, 4) + ((<usize>patch) << 3);
    const top = (H / 3) * a + <usize>load<f32>(row);
    const left = (W / 3) * b + <usize>load<f32>(row, 4);
    let x = load<usize>(args) + PIXEL * ((n * H + top) * W + left);
    let y = load<usize>(args, 8) + line * (3 * size * (3 * n + a) + b);
    for (let i: usize = 0; i < size; i++, x += PIXEL * W, y += 3 * line) memory.copy(y, x, line);
  }
}
