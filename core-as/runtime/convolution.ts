import { bandRows, padded, windows, windowsBytes } from "./convolve";
import { barrier } from "./engine";
import { packedWeights } from "./epilogue";
import { packFour } from "./pack";
import { share } from "./share";
import { suits } from "./winograd";
import { winograd, winogradScratch } from "./winogradConv";
import { STEPS, STRIDED } from "./winogradKind";
import { packTiles } from "./winogradTiles";

// y[n, oh, ow, o] = sum of x[n, oh s + kh d - p, ow s + kw d - p, c] * w[o, kh, kw, c]
// and what an epilogue (epilogue.ts) makes of it, if there is one: in use, not training.
// Arguments: x, w, y, scratch, N, H, W, C, O, KH, KW, OH, OW, stride, padding, dilation, groups.
//
// Weights are packed once, by all threads. A band of an image is copied with its zeros around it, so that every window
// is at fixed distances from its first number and no border is a special case; without dilation a window's row is one
// run of KW * C numbers. Six pixels by eight channels are then summed in registers.
//
// Where `suits` holds, 3x3 at stride 1 or 2, Winograd's way is taken: see runtime/winograd.ts and winogradConv.ts. One
// core of a Zen 5, GFLOP/s of the direct way's operations, direct and so: 50 and 227 (64 channels, 32 x 32), 45 and 184
// (512, 4 x 4), 48 and 140 (16, 32 x 32); at stride 2 58 and 103 (64 to 128, 32 x 32), 55 and 68 (16 to 32).

/** Weights as panels of eight channels, [groups][O / 8][KH * KW * C][8]; zeros beyond the last channel. */
function packedBytes(O: u32, K: u32, groups: u32): usize {
  return (<usize>(groups * ((O / groups + 7) / 8)) * K) << 5;
}

function privateBytes(args: usize): usize {
  const C = load<u32>(args, 28) / load<u32>(args, 64);
  const KH = load<u32>(args, 36);
  const KW = load<u32>(args, 40);
  const OH = load<u32>(args, 44);
  const OW = load<u32>(args, 48);
  const stride = load<u32>(args, 52);
  const dilation = load<u32>(args, 60);
  const rows = (bandRows(OH, OW) - 1) * stride + (KH - 1) * dilation + 1;
  const columns = (OW - 1) * stride + (KW - 1) * dilation + 1;
  return (
    (windowsBytes(KH * KW * C) + ((<usize>(KH * KW)) << 2) + ((<usize>(rows * columns) * C) << 2) + 127) & ~63
  );
}

/** Of winogradKind.ts. */
function kind(args: usize): u32 {
  return load<u32>(args, 52) == 2 ? STRIDED : 0;
}

/** Outputs of an image from which on stride 2 goes Winograd's way in use; fewer fill too few rows of its products. */
const STRIDED_LEAST: u32 = 65;

function quick(args: usize, inUse: bool): bool {
  if (inUse && kind(args) && load<u32>(args, 44) * load<u32>(args, 48) < STRIDED_LEAST) return false;
  return suits(args, load<u32>(args, 44), load<u32>(args, 48));
}

export function convolutionScratch(args: usize, inUse: bool, threads: u32): usize {
  if (quick(args, inUse)) return winogradScratch(args, kind(args), threads);
  const groups = load<u32>(args, 64);
  const K = (load<u32>(args, 36) * load<u32>(args, 40) * load<u32>(args, 28)) / groups;
  return packedBytes(load<u32>(args, 32), K, groups) + privateBytes(args) * threads;
}

export function convolution(args: usize, epilogue: usize, thread: u32, threads: u32): void {
  if (quick(args, epilogue != 0)) return winograd(args, kind(args), thread, threads, epilogue);
  const x = load<usize>(args);
  const y = load<usize>(args, 8);
  const own = load<usize>(args, 12);
  const before = packedWeights(epilogue);
  const packed = before ? before : own;
  const N = load<u32>(args, 16);
  const H = load<u32>(args, 20);
  const W = load<u32>(args, 24);
  const C = load<u32>(args, 28);
  const O = load<u32>(args, 32);
  const KH = load<u32>(args, 36);
  const KW = load<u32>(args, 40);
  const OH = load<u32>(args, 44);
  const OW = load<u32>(args, 48);
  const stride = load<u32>(args, 52);
  const padding = load<u32>(args, 56);
  const dilation = load<u32>(args, 60);
  const groups = load<u32>(args, 64);
  const channels = C / groups;
  const outputs = O / groups;
  const K = KH * KW * channels;

  if (!before) {
    pack(load<usize>(args, 4), packed, outputs, K, groups, thread, threads);
    barrier(threads); // every thread reads all weights
  }

  const work = own + packedBytes(O, K, groups) + privateBytes(args) * thread;
  const offsets = work + windowsBytes(K);
  const image = offsets + ((<usize>(KH * KW)) << 2);
  const columns = (OW - 1) * stride + (KW - 1) * dilation + 1;
  const runs = dilation == 1; // a window's row is one run
  for (let kh: u32 = 0; kh < KH; kh++)
    for (let kw: u32 = 0; kw < KW; kw++) {
      const tap = runs ? kh : kh * KW + kw;
      if (kw == 0 || !runs)
        store<usize>(offsets + (tap << 2), (<usize>((kh * columns + kw) * dilation) * channels) << 2);
    }

  const band = bandRows(OH, OW);
  const bands = (OH + band - 1) / band;
  const parts = N * bands * groups < 2 * threads ? threads : 1; // of the outputs, for every thread to have work
  const panels = (outputs + 7) / 8;
  const last = share(N * bands * groups * parts, 1, thread + 1, threads);
  for (let item = share(N * bands * groups * parts, 1, thread, threads); item < last; item++) {
    const part = item % parts;
    const group = (item / parts) % groups;
    const oh = ((item / parts / groups) % bands) * band;
    const n = item / parts / groups / bands;
    const first = share(panels, 1, part, parts) << 3;
    const count = min(outputs, share(panels, 1, part + 1, parts) << 3) - first;
    const rows = min(band, OH - oh);
    const from = x + ((<usize>(n * H * W) * C + group * channels) << 2);
    const high = (rows - 1) * stride + (KH - 1) * dilation + 1;
    padded(from, H, W, C, oh * stride - padding, -(<i32>padding), image, high, columns, channels);
    windows(
      work,
      image,
      rows,
      OW,
      (<usize>(stride * columns) * channels) << 2,
      (<usize>stride * channels) << 2,
      offsets,
      runs ? KH : KH * KW,
      runs ? KW * channels : channels,
      packed + packedBytes(outputs, K, 1) * group + ((<usize>first * K) << 2),
      count,
      y + ((<usize>((n * OH + oh) * OW) * O + group * outputs + first) << 2),
      (<usize>OW * O) << 2,
      (<usize>O) << 2,
      epilogue,
      (<usize>(group * outputs + first)) << 2,
    );
  }
}

export function packConvolutionScratch(threads: u32): usize {
  return STEPS * threads;
}

/** Weights as `convolution` wants them; of `args`, 4 (w) and from 16 on are read. */
export function packConvolution(args: usize, to: usize, scratch: usize, thread: u32, threads: u32): void {
  if (quick(args, true)) return packTiles(args, kind(args), scratch + STEPS * thread, to, thread, threads);
  const groups = load<u32>(args, 64);
  const K = (load<u32>(args, 36) * load<u32>(args, 40) * load<u32>(args, 28)) / groups;
  pack(load<usize>(args, 4), to, load<u32>(args, 32) / groups, K, groups, thread, threads);
}

function pack(w: usize, packed: usize, outputs: u32, K: u32, groups: u32, thread: u32, threads: u32): void {
  const panels = (outputs + 7) / 8;
  const last = share(groups * panels, 1, thread + 1, threads);
  for (let panel = share(groups * panels, 1, thread, threads); panel < last; panel++) {
    const first = (panel % panels) * 8;
    const from = w + (((<usize>(panel / panels) * outputs + first) * K) << 2);
    let to = packed + ((<usize>panel * K) << 5);
    if (outputs - first >= 8) {
      packFour(from, (<usize>K) << 2, K, to);
      packFour(from + ((<usize>K) << 4), (<usize>K) << 2, K, to + 16);
    } else
      for (let k: u32 = 0; k < K; k++, to += 32)
        for (let o: u32 = 0; o < 8; o++)
          store<f32>(to + (o << 2), first + o < outputs ? load<f32>(from + ((<usize>o * K + k) << 2)) : 0);
  }
}
