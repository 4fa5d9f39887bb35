import { share } from "../runtime/share";

// y[i] = x[offset + i]. Arguments: x, y, scratch, offset, size.
export function slice(args: usize, thread: u32, threads: u32): void {
  const x = load<usize>(args) + ((<usize>load<u32>(args, 12)) << 2);
  const size = load<u32>(args, 16);
  const begin = share(size, 16, thread, threads);
  const end = share(size, 16, thread + 1, threads);
  memory.copy(
    load<usize>(args, 4) + ((<usize>begin) << 2),
    x + ((<usize>begin) << 2),
    (<usize>(end - begin)) << 2,
  );
}
