import { share } from "../runtime/share";

// y = x, as words. Arguments: x, y, scratch, words.
export function copy(args: usize, thread: u32, threads: u32): void {
  const words = load<u32>(args, 12);
  const first = share(words, 16, thread, threads);
  const end = share(words, 16, thread + 1, threads);
  memory.copy(
    load<usize>(args, 4) + ((<usize>first) << 2),
    load<usize>(args) + ((<usize>first) << 2),
    (<usize>(end - first)) << 2,
  );
}
