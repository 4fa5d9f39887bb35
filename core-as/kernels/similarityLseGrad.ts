import { storeLanes } from "../runtime/lanes";
import { exp4 } from "../runtime/math";
import { share } from "../runtime/share";
import { OTHERS, OWNERS, packOwners, score, scoresOf, similarityBytes } from "../runtime/similarity";
import { pixelsTile, ROWS } from "../runtime/tile";

// dq[i] = dy[i] / temperature * sum over j of exp(q[i] . k[j] / temperature - lse[i]) k[j].
// Arguments: q, k, lse, dy, dq, scratch, N, K, D, temperature.
//
// All keys pass by each block of queries, the owners: scores become weights in place, and the weighted keys are summed up.

/** The scratch of scores; lse and dy of the owners; their dq, rows padded to whole tiles. */
function privateBytes(D: u32): usize {
  return similarityBytes(D) + 2 * (OWNERS << 2) + <usize>OWNERS * lineBytes(D);
}

function lineBytes(D: u32): usize {
  return (<usize>D * 4 + 31) & ~31;
}

export function similarityLseGradScratch(args: usize, threads: u32): usize {
  return privateBytes(load<u32>(args, 32)) * threads;
}

export function similarityLseGrad(args: usize, thread: u32, threads: u32): void {
  const k = load<usize>(args, 4);
  const N = load<u32>(args, 24);
  const K = load<u32>(args, 28);
  const D = load<u32>(args, 32);
  const scale = <f32>1 / load<f32>(args, 36);
  const scratch = load<usize>(args, 20) + privateBytes(D) * thread;
  const ownLse = scratch + similarityBytes(D);
  const ownDy = ownLse + (OWNERS << 2);
  const sums = ownDy + (OWNERS << 2);
  const end = share(N, OWNERS, thread + 1, threads);
  for (let i0 = share(N, OWNERS, thread, threads); i0 < end; i0 += OWNERS) {
    const owners = min(N - i0, OWNERS);
    packOwners(scratch, load<usize>(args), N, D, i0, scale);
    memory.fill(ownLse, 0, 2 * (OWNERS << 2) + <usize>OWNERS * lineBytes(D));
    memory.copy(ownLse, load<usize>(args, 8) + ((<usize>i0) << 2), owners << 2);
    memory.copy(ownDy, load<usize>(args, 12) + ((<usize>i0) << 2), owners << 2);
    for (let j0: u32 = 0; j0 < K; j0 += OTHERS) {
      const j1 = min(j0 + OTHERS, K);
      score(scratch, k, D, j0, j1);
      weigh(scoresOf(scratch, D), j1 - j0, ownLse, ownDy);
      gather(scratch, k, D, j0, j1, sums);
    }
    for (let i: u32 = 0; i < owners; i++)
      writeRow(
        load<usize>(args, 16) + ((<usize>(i0 + i) * D) << 2),
        sums + <usize>i * lineBytes(D),
        D,
        scale,
      );
  }
}

/** Turns the scores of a block into weights. */
function weigh(scores: usize, count: u32, lse: usize, dy: usize): void {
  for (let j: u32 = 0; j < count; j++, scores += OWNERS << 2)
    for (let v: usize = 0; v < OWNERS << 2; v += 16) {
      const power = exp4(f32x4.sub(v128.load(scores + v), v128.load(lse + v)));
      v128.store(scores + v, f32x4.mul(power, v128.load(dy + v)));
    }
}

/** sums[i - i0] += sum over j of weights[j - j0][i - i0] k[j] */
function gather(scratch: usize, k: usize, D: u32, j0: u32, j1: u32, sums: usize): void {
  const others = k + ((<usize>j0 * D) << 2);
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
