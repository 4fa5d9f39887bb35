import { storeLanes } from "../runtime/lanes";
import { share } from "../runtime/share";
import { threefry4 } from "../runtime/threefry";

// y[n, e] = scale * x[n, e] where its random word of 24 bits is at least `dropped`, else 0
// Arguments: x, keys, y, scratch, N, D, K, purpose, dropped, scale.

/** Eight words for each thread, on a cache line of its own. */
const WORDS: usize = 64;

export function dropoutScratch(args: usize, threads: u32): usize {
  return WORDS * <usize>threads;
}

export function dropout(args: usize, thread: u32, threads: u32): void {
  const keys = load<usize>(args, 4);
  const words = load<usize>(args, 12) + WORDS * <usize>thread;
  const N = load<u32>(args, 16);
  const D = load<u32>(args, 20);
  const K = load<u32>(args, 24);
  const purpose = load<u32>(args, 28);
  const dropped = v128.load_splat<u32>(args, 32);
  const scale = v128.load_splat<f32>(args, 36);
  const end = share(N, 1, thread + 1, threads);
  for (let n = share(N, 1, thread, threads); n < end; n++) {
    const row = (<usize>n * D) << 2;
    const x = load<usize>(args) + row;
    const y = load<usize>(args, 8) + row;
    const key = keys + ((<usize>(n % K)) << 3);
    for (let e: u32 = 0; e < D; e += 8) {
      threefry4(load<u32>(key), load<u32>(key, 4), e >> 1, (purpose << 16) + n / K, words);
      for (let i = e; i < min(e + 8, D); i += 4) {
        const word = i32x4.shr_u(v128.load(words + ((<usize>(i - e)) << 2)), 8);
        const scaled = f32x4.mul(v128.load(x + ((<usize>i) << 2)), scale);
        storeLanes(y + ((<usize>i) << 2), v128.and(scaled, i32x4.ge_u(word, dropped)), D - i);
      }
    }
  }
}
