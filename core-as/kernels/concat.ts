import { share } from "../runtime/share";

// y = [a; b]. Arguments: a, b, y, scratch, first, second: their sizes.
export function concat(args: usize, thread: u32, threads: u32): void {
  const first = load<u32>(args, 16);
  const y = load<usize>(args, 8);
  copyShare(load<usize>(args), y, first, thread, threads);
  copyShare(load<usize>(args, 4), y + ((<usize>first) << 2), load<u32>(args, 20), thread, threads);
}

function copyShare(from: usize, to: usize, size: u32, thread: u32, threads: u32): void {
  const begin = share(size, 16, thread, threads);
  const end = share(size, 16, thread + 1, threads);
  memory.copy(to + ((<usize>begin) << 2), from + ((<usize>begin) << 2), (<usize>(end - begin)) << 2);
}
