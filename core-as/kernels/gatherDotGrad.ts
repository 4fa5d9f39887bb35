import { madd, share } from "../runtime/share";

// dq[n, d] = sum over k of dy[n, k] * bank[indices[n, k], d]. Arguments: dy, bank, indices, dq, scratch, N, K, D.
//
// In blocks of 256 rows, so that rounding errors stay small where there are tens of thousands.
const BLOCK: u32 = 256;

/** For each thread a block's sums, with what the last vector holds beyond them. */
function privateBytes(D: u32): usize {
  return (((<usize>D) << 2) + 16 + 63) & ~63;
}

export function gatherDotGradScratch(args: usize, threads: u32): usize {
  return privateBytes(load<u32>(args, 28)) * threads;
}

export function gatherDotGrad(args: usize, thread: u32, threads: u32): void {
  const N = load<u32>(args, 20);
  const K = load<u32>(args, 24);
  const D = load<u32>(args, 28);
  const sums = load<usize>(args, 16) + privateBytes(D) * thread;
  const bytes = (<usize>D) << 2;
  const end = share(N, 1, thread + 1, threads);
  for (let n = share(N, 1, thread, threads); n < end; n++) {
    const dq = load<usize>(args, 12) + <usize>n * bytes;
    const row = (<usize>n * K) << 2;
    memory.fill(dq, 0, bytes);
    for (let k0: u32 = 0; k0 < K; k0 += BLOCK) {
      const at = row + ((<usize>k0) << 2);
      memory.fill(sums, 0, privateBytes(D));
      gather(
        load<usize>(args) + at,
        load<usize>(args, 4),
        load<usize>(args, 8) + at,
        min(BLOCK, K - k0),
        D,
        sums,
      );
      for (let d: usize = 0; d < bytes; d += 4) store<f32>(dq + d, load<f32>(dq + d) + load<f32>(sums + d));
    }
  }
}

/** Adds rows by their weights, four at a time; what vectors hold beyond a row's end goes beyond that of the sums. */
function gather(dy: usize, bank: usize, indices: usize, count: u32, D: u32, sums: usize): void {
  for (let k: u32 = 0; k < count; k += 4) {
    const b0 = rowOf(bank, indices, k, D);
    const b1 = rowOf(bank, indices, min(k + 1, count - 1), D);
    const b2 = rowOf(bank, indices, min(k + 2, count - 1), D);
    const b3 = rowOf(bank, indices, min(k + 3, count - 1), D);
    const g0 = weightOf(dy, k, count);
    const g1 = weightOf(dy, k + 1, count);
    const g2 = weightOf(dy, k + 2, count);
    const g3 = weightOf(dy, k + 3, count);
    for (let d: usize = 0; d < (<usize>D) << 2; d += 16) {
      let sum = madd(g0, v128.load(b0 + d), v128.load(sums + d));
      sum = madd(g1, v128.load(b1 + d), sum);
      sum = madd(g2, v128.load(b2 + d), sum);
      v128.store(sums + d, madd(g3, v128.load(b3 + d), sum));
    }
  }
}

function weightOf(dy: usize, k: u32, count: u32): v128 {
  return f32x4.splat(k < count ? load<f32>(dy + ((<usize>k) << 2)) : 0);
}

function rowOf(bank: usize, indices: usize, k: u32, D: u32): usize {
  return bank + ((<usize>load<u32>(indices + ((<usize>k) << 2)) * D) << 2);
}
