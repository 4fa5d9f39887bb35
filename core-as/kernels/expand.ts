import { share } from "../runtime/share";

// y[o, n, i] = x[o, i]. Arguments: x, y, scratch, outer, count, inner.
export function expand(args: usize, thread: u32, threads: u32): void {
  const x = load<usize>(args);
  const y = load<usize>(args, 4);
  const count = load<u32>(args, 16);
  const inner = load<u32>(args, 20);
  const rows = load<u32>(args, 12) * count;
  const end = share(rows, 1, thread + 1, threads);
  for (let row = share(rows, 1, thread, threads); row < end; row++) {
    const from = x + ((<usize>(row / count) * inner) << 2);
    const to = y + ((<usize>row * inner) << 2);
    if (inner == 1) store<f32>(to, load<f32>(from));
    else memory.copy(to, from, (<usize>inner) << 2);
  }
}
