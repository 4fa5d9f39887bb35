import { storeLanes } from "../runtime/lanes";
import { exp4, log4 } from "../runtime/math";
import { madd, share } from "../runtime/share";
import { OTHERS, OWNERS, packOwners, score, scoresOf, setSelf, similarityBytes } from "../runtime/similarity";

// lse[i] = log sum over j != i of exp(z[i] . z[j] / temperature). Arguments: z, lse, scratch, M, D, temperature.
//
// All rows pass by each block of owners; a running maximum and a running sum of exponentials, four owners a vector.

function privateBytes(D: u32): usize {
  return similarityBytes(D) + 2 * (OWNERS << 2);
}

export function similarityLseScratch(args: usize, threads: u32): usize {
  return privateBytes(load<u32>(args, 16)) * threads;
}

export function similarityLse(args: usize, thread: u32, threads: u32): void {
  const z = load<usize>(args);
  const lse = load<usize>(args, 4);
  const M = load<u32>(args, 12);
  const D = load<u32>(args, 16);
  const scratch = load<usize>(args, 8) + privateBytes(D) * thread;
  const tops = scratch + similarityBytes(D);
  const sums = tops + (OWNERS << 2);
  const end = share(M, OWNERS, thread + 1, threads);
  for (let i0 = share(M, OWNERS, thread, threads); i0 < end; i0 += OWNERS) {
    packOwners(scratch, z, M, D, i0, <f32>1 / load<f32>(args, 20));
    for (let v: usize = 0; v < OWNERS << 2; v += 16) {
      v128.store(tops + v, f32x4.splat(f32.MIN_VALUE)); // not minus infinity, from which nothing can be subtracted
      v128.store(sums + v, f32x4.splat(0));
    }
    for (let j0: u32 = 0; j0 < M; j0 += OTHERS) {
      const j1 = min(j0 + OTHERS, M);
      score(scratch, z, D, j0, j1);
      setSelf(scratch, D, i0, j0, j1, -f32.POSITIVE_INFINITY);
      for (let v: usize = 0; v < OWNERS << 2; v += 16)
        absorb(scoresOf(scratch, D) + v, j1 - j0, tops + v, sums + v);
    }
    for (let i: u32 = 0; i < OWNERS && i0 + i < M; i += 4) {
      const at = (<usize>i) << 2;
      const value = f32x4.add(v128.load(tops + at), log4(v128.load(sums + at)));
      storeLanes(lse + ((<usize>i0) << 2) + at, value, M - i0 - i);
    }
  }
}

/** Adds `count` scores of four owners to their sums, under a new maximum if there is one. */
function absorb(scores: usize, count: u32, tops: usize, sums: usize): void {
  const before = v128.load(tops);
  const end = scores + <usize>count * (OWNERS << 2);
  let top = before;
  for (let p = scores; p < end; p += OWNERS << 2) top = f32x4.pmax(top, v128.load(p));
  let sum = f32x4.splat(0);
  for (let p = scores; p < end; p += OWNERS << 2) sum = f32x4.add(sum, exp4(f32x4.sub(v128.load(p), top)));
  v128.store(tops, top);
  v128.store(sums, madd(v128.load(sums), exp4(f32x4.sub(before, top)), sum));
}
