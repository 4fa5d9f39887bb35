import { storeLanes } from "../runtime/lanes";
import { log4 } from "../runtime/math";
import { absorb } from "../runtime/rows";
import { share } from "../runtime/share";
import { OTHERS, OWNERS, packOwners, score, scoresOf, similarityBytes } from "../runtime/similarity";

// lse[i] = log sum over j of exp(q[i] . k[j] / temperature). Arguments: q, k, lse, scratch, N, K, D, temperature.
//
// All keys pass by each block of queries, the owners; a running maximum and a running sum of exponentials, four owners a vector.

function privateBytes(D: u32): usize {
  return similarityBytes(D) + 2 * (OWNERS << 2);
}

export function similarityLseScratch(args: usize, threads: u32): usize {
  return privateBytes(load<u32>(args, 24)) * threads;
}

export function similarityLse(args: usize, thread: u32, threads: u32): void {
  const lse = load<usize>(args, 8);
  const N = load<u32>(args, 16);
  const K = load<u32>(args, 20);
  const D = load<u32>(args, 24);
  const scratch = load<usize>(args, 12) + privateBytes(D) * thread;
  const tops = scratch + similarityBytes(D);
  const sums = tops + (OWNERS << 2);
  const end = share(N, OWNERS, thread + 1, threads);
  for (let i0 = share(N, OWNERS, thread, threads); i0 < end; i0 += OWNERS) {
    packOwners(scratch, load<usize>(args), N, D, i0, <f32>1 / load<f32>(args, 28));
    for (let v: usize = 0; v < OWNERS << 2; v += 16) {
      v128.store(tops + v, f32x4.splat(-f32.MAX_VALUE)); // not minus infinity, from which nothing can be subtracted
      v128.store(sums + v, f32x4.splat(0));
    }
    for (let j0: u32 = 0; j0 < K; j0 += OTHERS) {
      const j1 = min(j0 + OTHERS, K);
      score(scratch, load<usize>(args, 4), D, j0, j1);
      for (let v: usize = 0; v < OWNERS << 2; v += 16)
        absorb(scoresOf(scratch, D) + v, OWNERS << 2, j1 - j0, tops + v, sums + v);
    }
    for (let i: u32 = 0; i < OWNERS && i0 + i < N; i += 4) {
      const at = (<usize>i) << 2;
      const value = f32x4.add(v128.load(tops + at), log4(v128.load(sums + at)));
      storeLanes(lse + ((<usize>i0) << 2) + at, value, N - i0 - i);
    }
  }
}
