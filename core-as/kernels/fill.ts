import { share } from "../runtime/share";

// y[i] = value. Arguments: y, scratch, size, value.
export function fill(args: usize, thread: u32, threads: u32): void {
  const y = load<usize>(args);
  const size = load<u32>(args, 8);
  const value = load<f32>(args, 12);
  const end = share(size, 16, thread + 1, threads);
  for (let i = share(size, 16, thread, threads); i < end; i++) store<f32>(y + ((<usize>i) << 2), value);
}
