import { storeLanes } from "../runtime/lanes";
import { exp4 } from "../runtime/math";
import { madd, share } from "../runtime/share";
import { OTHERS, OWNERS, packOwners, score, scoresOf, setSelf, similarityBytes } from "../runtime/similarity";
import { pixelsTile, ROWS } from "../runtime/tile";

// dz[i] = 1 / temperature * sum over j != i of (exp(s[i, j] - lse[i]) dy[i] + exp(s[i, j] - lse[j]) dy[j]) z[j]
// with s[i, j] = z[i] . z[j] / temperature. Arguments: z, lse, dy, dz, scratch, M, D, temperature.
//
// All rows pass by each block of owners: scores become weights in place, and the weighted rows are added to the owners' dz.

/** The scratch of scores; lse and dy of the owners; their dz, rows padded to whole tiles. */
function privateBytes(D: u32): usize {
  return similarityBytes(D) + 2 * (OWNERS << 2) + <usize>OWNERS * lineBytes(D);
}

function lineBytes(D: u32): usize {
  return (<usize>D * 4 + 31) & ~31;
}

export function similarityLseGradScratch(args: usize, threads: u32): usize {
  return privateBytes(load<u32>(args, 24)) * threads;
}

export function similarityLseGrad(args: usize, thread: u32, threads: u32): void {
  const z = load<usize>(args);
  const lse = load<usize>(args, 4);
  const dy = load<usize>(args, 8);
  const M = load<u32>(args, 20);
  const D = load<u32>(args, 24);
  const scale = <f32>1 / load<f32>(args, 28);
  const scratch = load<usize>(args, 16) + privateBytes(D) * thread;
  const ownLse = scratch + similarityBytes(D);
  const ownDy = ownLse + (OWNERS << 2);
  const sums = ownDy + (OWNERS << 2);
  const end = share(M, OWNERS, thread + 1, threads);
  for (let i0 = share(M, OWNERS, thread, threads); i0 < end; i0 += OWNERS) {
    const owners = min(M - i0, OWNERS);
    packOwners(scratch, z, M, D, i0, scale);
    memory.fill(ownLse, 0, 2 * (OWNERS << 2) + <usize>OWNERS * lineBytes(D));
    memory.copy(ownLse, lse + ((<usize>i0) << 2), owners << 2);
    memory.copy(ownDy, dy + ((<usize>i0) << 2), owners << 2);
    for (let j0: u32 = 0; j0 < M; j0 += OTHERS) {
      const j1 = min(j0 + OTHERS, M);
      score(scratch, z, D, j0, j1);
      weigh(scoresOf(scratch, D), j1 - j0, ownLse, ownDy, lse + ((<usize>j0) << 2), dy + ((<usize>j0) << 2));
      setSelf(scratch, D, i0, j0, j1, 0);
      gather(scratch, z, D, j0, j1, sums);
    }
    for (let i: u32 = 0; i < owners; i++)
      writeRow(
        load<usize>(args, 12) + ((<usize>(i0 + i) * D) << 2),
        sums + <usize>i * lineBytes(D),
        D,
        scale,
      );
  }
}

/** Turns the scores of a block into weights. */
function weigh(scores: usize, count: u32, ownLse: usize, ownDy: usize, lse: usize, dy: usize): void {
  for (let j: u32 = 0; j < count; j++, lse += 4, dy += 4, scores += OWNERS << 2) {
    const otherLse = v128.load_splat<f32>(lse);
    const otherDy = v128.load_splat<f32>(dy);
    for (let v: usize = 0; v < OWNERS << 2; v += 16) {
      const s = v128.load(scores + v);
      const own = f32x4.mul(exp4(f32x4.sub(s, v128.load(ownLse + v))), v128.load(ownDy + v));
      v128.store(scores + v, madd(exp4(f32x4.sub(s, otherLse)), otherDy, own));
    }
  }
}

/** sums[i - i0] += sum over j of weights[j - j0][i - i0] z[j] */
function gather(scratch: usize, z: usize, D: u32, j0: u32, j1: u32, sums: usize): void {
  const others = z + ((<usize>j0 * D) << 2);
  const line = lineBytes(D);
  for (let i: u32 = 0; i < OWNERS; i += ROWS) {
    const weights = scoresOf(scratch, D) + (i << 2);
    for (let r: u32 = 0; r < ROWS; r++) store<usize>(scratch + (r << 2), sums + <usize>(i + r) * line, 24);
    for (let at: usize = 0; at < line; at += 32)
      pixelsTile(scratch, 1, j1 - j0, weights, OWNERS << 2, 0, others + at, (<usize>D) << 2, 0, at);
  }
}

function writeRow(to: usize, from: usize, D: u32, scale: f32): void {
  for (let d: u32 = 0; d < D; d += 4) {
    const at = (<usize>d) << 2;
    storeLanes(to + at, f32x4.mul(v128.load(from + at), f32x4.splat(scale)), D - d);
  }
}
