import { storeLanes } from "../runtime/lanes";
import { madd, share } from "../runtime/share";

// y[n, k] = sum over d of q[n, d] * bank[indices[n, k], d]. Arguments: q, bank, indices, y, scratch, N, K, D.
//
// Four rows of the bank at a time: they lie anywhere, and so four are fetched while one would be waited for.
const BLOCK: u32 = 64;

export function gatherDot(args: usize, thread: u32, threads: u32): void {
  const K = load<u32>(args, 24);
  const D = load<u32>(args, 28);
  const each = (K + BLOCK - 1) / BLOCK; // blocks of a row
  const blocks = load<u32>(args, 20) * each;
  const end = share(blocks, 1, thread + 1, threads);
  for (let b = share(blocks, 1, thread, threads); b < end; b++) {
    const n = b / each;
    const k0 = (b % each) * BLOCK;
    const q = load<usize>(args) + ((<usize>n * D) << 2);
    const row = (<usize>n * K) << 2;
    for (let k = k0; k < min(k0 + BLOCK, K); k += 4) {
      const at = row + ((<usize>k) << 2);
      const y = four(q, load<usize>(args, 4), load<usize>(args, 8) + at, min(K - k, 4), D);
      storeLanes(load<usize>(args, 12) + at, y, K - k);
    }
  }
}

/** Products of q with the rows that `count` indices name; the last again where there are not four. */
function four(q: usize, bank: usize, indices: usize, count: u32, D: u32): v128 {
  const b0 = rowOf(bank, indices, 0, D);
  const b1 = rowOf(bank, indices, min<u32>(1, count - 1), D);
  const b2 = rowOf(bank, indices, min<u32>(2, count - 1), D);
  const b3 = rowOf(bank, indices, count - 1, D);
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  const whole = (<usize>(D & ~3)) << 2;
  for (let d: usize = 0; d < whole; d += 16) {
    const x = v128.load(q + d);
    s0 = madd(x, v128.load(b0 + d), s0);
    s1 = madd(x, v128.load(b1 + d), s1);
    s2 = madd(x, v128.load(b2 + d), s2);
    s3 = madd(x, v128.load(b3 + d), s3);
  }
  // transposed, so that each row's four lanes are added in one lane
  const t0 = v128.shuffle<f32>(s0, s1, 0, 4, 1, 5);
  const t1 = v128.shuffle<f32>(s2, s3, 0, 4, 1, 5);
  const t2 = v128.shuffle<f32>(s0, s1, 2, 6, 3, 7);
  const t3 = v128.shuffle<f32>(s2, s3, 2, 6, 3, 7);
  let y = f32x4.add(
    f32x4.add(v128.shuffle<f32>(t0, t1, 0, 1, 4, 5), v128.shuffle<f32>(t0, t1, 2, 3, 6, 7)),
    f32x4.add(v128.shuffle<f32>(t2, t3, 0, 1, 4, 5), v128.shuffle<f32>(t2, t3, 2, 3, 6, 7)),
  );
  for (let d = whole; d < (<usize>D) << 2; d += 4) {
    const x = v128.load_splat<u32>(q + d);
    y = madd(x, f32x4(load<f32>(b0 + d), load<f32>(b1 + d), load<f32>(b2 + d), load<f32>(b3 + d)), y);
  }
  return y;
}

function rowOf(bank: usize, indices: usize, i: u32, D: u32): usize {
  return bank + ((<usize>load<u32>(indices + ((<usize>i) << 2)) * D) << 2);
}
