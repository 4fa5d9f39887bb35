import { share } from "../runtime/share";
import { threefry4 } from "../runtime/threefry";

// y[n, k] uniform below `allowed`, own[n] stepped over where `bar` is set.
// Arguments: keys, own, y, scratch, N, K, purpose, bar, allowed.

/** Eight words for each thread, on a cache line of its own. */
const WORDS: usize = 64;

export function randomIndicesScratch(args: usize, threads: u32): usize {
  return WORDS * <usize>threads;
}

export function randomIndices(args: usize, thread: u32, threads: u32): void {
  const words = load<usize>(args, 12) + WORDS * <usize>thread;
  const N = load<u32>(args, 16);
  const K = load<u32>(args, 20);
  const purpose = load<u32>(args, 24);
  const bar = load<u32>(args, 28);
  const allowed = load<u32>(args, 32);
  const end = share(N, 1, thread + 1, threads);
  for (let n = share(N, 1, thread, threads); n < end; n++) {
    const key = load<usize>(args) + ((<usize>n) << 3);
    const own = bar ? load<u32>(load<usize>(args, 4) + ((<usize>n) << 2)) : u32.MAX_VALUE;
    const y = load<usize>(args, 8) + ((<usize>n * K) << 2);
    for (let k: u32 = 0; k < K; k += 8) {
      threefry4(load<u32>(key), load<u32>(key, 4), k >> 1, purpose << 16, words);
      for (let i: u32 = 0; i < min<u32>(8, K - k); i++) {
        const drawn = load<u32>(words + ((<usize>i) << 2)) % allowed;
        store<u32>(y + ((<usize>(k + i)) << 2), drawn + u32(drawn >= own));
      }
    }
  }
}
