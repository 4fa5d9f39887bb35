import { barrier } from "../runtime/engine";
import { exp1, exp4 } from "../runtime/math";
import {
  addWeighted,
  BLOCK,
  blocksOf,
  columnBytes,
  lower,
  meeting,
  packColumns,
  pairBytes,
  rowsOf,
  scorePair,
  scoresOf,
  setSelf,
  upper,
} from "../runtime/pairs";
import { madd, share } from "../runtime/share";

// dz[i] = 1 / temperature * (sum over j != i of w[i, j] z[j] - (dy[i] + dy[p]) z[p]), p the partner of i,
// w[i, j] = exp(s[i, j] - lse[i]) dy[i] + exp(s[i, j] - lse[j]) dy[j], s[i, j] = z[i] . z[j] / temperature.
// Arguments: z, lse, dy, dz, scratch, M, D, temperature.
//
// Each pair of blocks meets once: scores become weights in place, and each block's rows, weighted, are added to the other's dz.

/** The largest range of lse over which one exponential serves both terms: e^40 times any dy is far from overflow. */
const NEAR: f32 = 40;

/** A number of each row, of whole blocks. */
function rowBytes(M: u32): usize {
  return (<usize>blocksOf(M) * BLOCK) << 2;
}

function privateBytes(D: u32): usize {
  return pairBytes(D) + 2 * columnBytes(D);
}

export function ntXentRowsGradScratch(args: usize, threads: u32): usize {
  return 2 * rowBytes(load<u32>(args, 20)) + privateBytes(load<u32>(args, 24)) * threads;
}

export function ntXentRowsGrad(args: usize, thread: u32, threads: u32): void {
  const z = load<usize>(args);
  const dz = load<usize>(args, 12);
  const lse = load<usize>(args, 16);
  const M = load<u32>(args, 20);
  const D = load<u32>(args, 24);
  const scale = <f32>1 / load<f32>(args, 28);
  const factors = lse + rowBytes(M);
  const scratch = factors + rowBytes(M) + privateBytes(D) * thread;
  const columns = scratch + pairBytes(D);
  const blocks = blocksOf(M);

  const first = share(M, BLOCK, thread, threads);
  const last = share(M, BLOCK, thread + 1, threads);
  memory.fill(dz + ((<usize>first * D) << 2), 0, (<usize>(last - first) * D) << 2);
  const near = prepare(args, lse, factors, first, last);
  barrier(threads);

  for (let round: u32 = 0; round < blocks; round++) {
    const end = meeting(round, blocks, thread + 1, threads);
    for (let m = meeting(round, blocks, thread, threads); m < end; m++) {
      const I = lower(round, m);
      const J = upper(round, I, blocks);
      const own = (<usize>I * BLOCK) << 2;
      const other = (<usize>J * BLOCK) << 2;
      scorePair(scratch, z, M, D, I, J, scale);
      if (near) weighNear(scratch, rowsOf(M, J), lse + own, factors + own, factors + other);
      else weigh(scratch, rowsOf(M, J), lse + own, factors + own, lse + other, factors + other);
      packColumns(z, M, D, J, columns);
      if (I == J) setSelf(scratch, 0);
      addWeighted(scratch, dz, M, D, I, J, columns, false);
      if (I == J) continue;
      packColumns(z, M, D, I, columns);
      addWeighted(scratch, dz, M, D, J, I, columns, true);
    }
    barrier(threads); // before blocks meet others, perhaps on other threads
  }

  for (let i = first; i < last; i++) finish(args, i, scale);
}

/**
 * Copies lse and dy of rows to whole blocks. Where no two lse are far apart, s loses the largest of them instead of its
 * row's, and dy is multiplied by what that lacks: true is returned.
 */
function prepare(args: usize, lse: usize, factors: usize, first: u32, last: u32): bool {
  const from = load<usize>(args, 4);
  const M = load<u32>(args, 20);
  let top = load<f32>(from);
  let low = top;
  for (let i: u32 = 1; i < M; i++) {
    const value = load<f32>(from + ((<usize>i) << 2));
    top = max(top, value);
    low = min(low, value);
  }
  const near = top - low <= NEAR;
  const end = last == M ? blocksOf(M) * BLOCK : last;
  for (let i = first; i < end; i++) {
    const at = (<usize>i) << 2;
    const own = load<f32>(from + (i < M ? at : 0));
    const dy: f32 = i < M ? load<f32>(load<usize>(args, 8) + at) : 0;
    store<f32>(lse + at, near ? top : own);
    store<f32>(factors + at, near ? dy * exp1(top - own) : dy);
  }
  return near;
}

/** Turns scores into weights: exp(s - lse) (f[i] + f[j]), lse being one for all. */
function weighNear(scratch: usize, count: u32, lse: usize, own: usize, others: usize): void {
  const top = v128.load_splat<f32>(lse);
  let scores = scoresOf(scratch);
  for (let j: u32 = 0; j < count; j++) {
    const other = v128.load_splat<f32>(others + (j << 2));
    for (let v: usize = 0; v < BLOCK << 2; v += 16, scores += 16)
      v128.store(
        scores,
        f32x4.mul(exp4(f32x4.sub(v128.load(scores), top)), f32x4.add(other, v128.load(own + v))),
      );
  }
}

/** Turns scores into weights: exp(s - lse[i]) dy[i] + exp(s - lse[j]) dy[j]. */
function weigh(scratch: usize, count: u32, lse: usize, dy: usize, lses: usize, dys: usize): void {
  let scores = scoresOf(scratch);
  for (let j: u32 = 0; j < count; j++) {
    const otherLse = v128.load_splat<f32>(lses + (j << 2));
    const otherDy = v128.load_splat<f32>(dys + (j << 2));
    for (let v: usize = 0; v < BLOCK << 2; v += 16, scores += 16) {
      const s = v128.load(scores);
      const own = f32x4.mul(exp4(f32x4.sub(s, v128.load(lse + v))), v128.load(dy + v));
      v128.store(scores, madd(exp4(f32x4.sub(s, otherLse)), otherDy, own));
    }
  }
}

/** dz[i] = (dz[i] - (dy[i] + dy[p]) z[p]) / temperature */
function finish(args: usize, i: u32, scale: f32): void {
  const dy = load<usize>(args, 8);
  const M = load<u32>(args, 20);
  const D = load<u32>(args, 24);
  const p = i < M / 2 ? i + M / 2 : i - M / 2;
  const pull = load<f32>(dy + ((<usize>i) << 2)) + load<f32>(dy + ((<usize>p) << 2));
  const from = load<usize>(args) + ((<usize>p * D) << 2);
  const to = load<usize>(args, 12) + ((<usize>i * D) << 2);
  for (let d: usize = 0; d < (<usize>D) << 2; d += 4)
    store<f32>(to + d, (load<f32>(to + d) - pull * load<f32>(from + d)) * scale);
}
