import { share } from "../runtime/share";

// y[o, b, a] = x[o, a, b], rows of inner numbers. Arguments: x, y, scratch, outer, A, B, inner.
export function swapAxes(args: usize, thread: u32, threads: u32): void {
  const A = load<u32>(args, 16);
  const B = load<u32>(args, 20);
  const bytes = (<usize>load<u32>(args, 24)) << 2;
  const lines = load<u32>(args, 12) * B; // of A rows, in y
  const end = share(lines, 1, thread + 1, threads);
  for (let line = share(lines, 1, thread, threads); line < end; line++) {
    let x = load<usize>(args) + bytes * (<usize>(line / B) * A * B + (line % B));
    let y = load<usize>(args, 4) + bytes * <usize>line * A;
    for (let a: u32 = 0; a < A; a++, x += bytes * B, y += bytes) memory.copy(y, x, bytes);
  }
}
