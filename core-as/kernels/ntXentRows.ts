import { barrier } from "../runtime/engine";
import { exp1, log1 } from "../runtime/math";
import {
  BLOCK,
  blocksOf,
  lower,
  meeting,
  pairBytes,
  rowsOf,
  scorePair,
  scoresOf,
  setSelf,
  upper,
} from "../runtime/pairs";
import { absorb, dot, largest, sumExp } from "../runtime/rows";
import { share } from "../runtime/share";

// y[i] = log sum over j != i of exp(s[i, j]) - s[i, partner of i] with s[i, j] = z[i] . z[j] / temperature.
// Arguments: z, y, scratch, M, D, temperature.
//
// Each pair of blocks meets once: its similarities are absorbed, under running maxima, into the sums of both blocks' rows.

/** Maxima and sums of all rows, of whole blocks. */
function rowBytes(M: u32): usize {
  return (<usize>blocksOf(M) * BLOCK) << 2;
}

export function ntXentRowsScratch(args: usize, threads: u32): usize {
  return 2 * rowBytes(load<u32>(args, 12)) + pairBytes(load<u32>(args, 16)) * threads;
}

export function ntXentRows(args: usize, thread: u32, threads: u32): void {
  const z = load<usize>(args);
  const y = load<usize>(args, 4);
  const tops = load<usize>(args, 8);
  const M = load<u32>(args, 12);
  const D = load<u32>(args, 16);
  const scale = <f32>1 / load<f32>(args, 20);
  const sums = tops + rowBytes(M);
  const scratch = sums + rowBytes(M) + pairBytes(D) * thread;
  const blocks = blocksOf(M);
  const last = share(blocks, 1, thread + 1, threads) * BLOCK;
  for (let i = share(blocks, 1, thread, threads) * BLOCK; i < last; i++) {
    store<f32>(tops + ((<usize>i) << 2), -f32.MAX_VALUE); // not minus infinity, from which nothing can be subtracted
    store<f32>(sums + ((<usize>i) << 2), 0);
  }
  barrier(threads);

  for (let round: u32 = 0; round < blocks; round++) {
    const end = meeting(round, blocks, thread + 1, threads);
    for (let m = meeting(round, blocks, thread, threads); m < end; m++) {
      const I = lower(round, m);
      const J = upper(round, I, blocks);
      scorePair(scratch, z, M, D, I, J, scale);
      if (I == J) setSelf(scratch, -f32.POSITIVE_INFINITY);
      const columns = rowsOf(M, I);
      const rows = rowsOf(M, J);
      const own = (<usize>I * BLOCK) << 2;
      for (let v: usize = 0; v < columns << 2; v += 16)
        absorb(scoresOf(scratch) + v, BLOCK << 2, rows, tops + own + v, sums + own + v);
      if (I != J)
        for (let j: u32 = 0; j < rows; j++)
          absorbRow(
            scoresOf(scratch) + ((j * BLOCK) << 2),
            columns,
            tops + ((<usize>J * BLOCK + j) << 2),
            sums + ((<usize>J * BLOCK + j) << 2),
          );
    }
    barrier(threads); // before blocks meet others, perhaps on other threads
  }

  const to = share(M, BLOCK, thread + 1, threads);
  for (let i = share(M, BLOCK, thread, threads); i < to; i++) {
    const at = (<usize>i) << 2;
    const partner = i < M / 2 ? i + M / 2 : i - M / 2;
    const positive = dot(z + at * D, z + ((<usize>partner) << 2) * D, D) * scale;
    store<f32>(y + at, load<f32>(tops + at) + log1(load<f32>(sums + at)) - positive);
  }
}

/** Adds the exponentials of a row's scores to its sum, under a new maximum if there is one. */
function absorbRow(scores: usize, count: u32, topAt: usize, sumAt: usize): void {
  const before = load<f32>(topAt);
  const top = max(before, largest(scores, count));
  store<f32>(topAt, top);
  store<f32>(sumAt, load<f32>(sumAt) * exp1(before - top) + sumExp(scores, count, top));
}
