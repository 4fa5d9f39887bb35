import { bandRows, padded, windows, windowsBytes } from "../runtime/convolve";
import { barrier } from "../runtime/engine";
import { share } from "../runtime/share";
import { suits } from "../runtime/winograd";
import { winograd, winogradScratch } from "../runtime/winogradConv";
import { BACK, STRIDED } from "../runtime/winogradKind";

// dx[n, h, w, c] = sum over the windows that h, w was in of dy[n, oh, ow, o] * w[o, kh, kw, c]
// Arguments: dy, w, dx, scratch, N, H, W, C, O, KH, KW, OH, OW, stride, padding, dilation, groups.
//
// Pixels with the same remainder of (h + p) / stride are hit by the same taps: each of the stride^2 phases is a dense
// convolution of dy with its taps, at unit stride. Taps go backwards, so that dy is read forwards. 3x3 go Winograd's way
// where `suits` holds, with gains like conv2d's.

/** Where along one axis a phase begins, how many pixels it has, and which taps hit it. */
// first pixel h0; taps kh0, kh0 + step, ... (count); the last tap's dy index for pixel 0 is `low`, the first's is `high`

/** The first tap that hits a phase, or KH if none does. */
function firstTap(phase: u32, K: u32, stride: u32, dilation: u32): u32 {
  for (let k: u32 = 0; k < K; k++) if ((k * dilation) % stride == phase) return k;
  return K;
}

/** Taps repeat a phase every so many. */
function tapStep(stride: u32, dilation: u32): u32 {
  for (let k: u32 = 1; k < stride; k++) if ((k * dilation) % stride == 0) return k;
  return stride;
}

/** How many taps hit a phase. */
function tapCount(phase: u32, K: u32, stride: u32, dilation: u32): u32 {
  const first = firstTap(phase, K, stride, dilation);
  return first == K ? 0 : (K - 1 - first) / tapStep(stride, dilation) + 1;
}

/** The first pixel of a phase: the smallest h >= 0 with (h + padding) % stride == phase. */
function firstPixel(phase: u32, padding: u32, stride: u32): u32 {
  return (phase + stride - (padding % stride)) % stride;
}

function pixelCount(first: u32, extent: u32, stride: u32): u32 {
  return first < extent ? (extent - 1 - first) / stride + 1 : 0;
}

function packedBytes(C: u32, K: u32): usize {
  return (<usize>((C + 7) / 8) * K) << 5;
}

/** Packed weights of all phases and groups: phases have at most all taps, each tap belongs to one phase an axis. */
function allPackedBytes(args: usize): usize {
  const groups = load<u32>(args, 64);
  const K = (load<u32>(args, 36) * load<u32>(args, 40) * load<u32>(args, 32)) / groups;
  return packedBytes(load<u32>(args, 28) / groups, K) * groups;
}

function privateBytes(args: usize): usize {
  const O = load<u32>(args, 32) / load<u32>(args, 64);
  const KH = load<u32>(args, 36);
  const KW = load<u32>(args, 40);
  const stride = load<u32>(args, 52);
  const dilation = load<u32>(args, 60);
  const high = (load<u32>(args, 20) + stride - 1) / stride;
  const wide = (load<u32>(args, 24) + stride - 1) / stride;
  // the narrowest phase has the most rows in a band
  const rows = bandRows(high, max<u32>(1, load<u32>(args, 24) / stride)) + ((KH - 1) * dilation) / stride + 1;
  const columns = wide + ((KW - 1) * dilation) / stride + 1;
  return (
    (windowsBytes(KH * KW * O) + ((<usize>(KH * KW)) << 2) + ((<usize>(rows * columns) * O) << 2) + 127) & ~63
  );
}

/** Of winogradKind.ts. */
function kind(args: usize): u32 {
  return load<u32>(args, 52) == 2 ? STRIDED | BACK : BACK;
}

/** Whether Winograd's way: at stride 2 a tile is 4 x 4 of dy, else of dx. */
function quick(args: usize): bool {
  const strided = load<u32>(args, 52) == 2;
  const high = load<u32>(args + (strided ? 44 : 20));
  return suits(args, high, load<u32>(args + (strided ? 48 : 24)));
}

export function conv2dInputGradScratch(args: usize, threads: u32): usize {
  if (quick(args)) return winogradScratch(args, kind(args), threads);
  return allPackedBytes(args) + privateBytes(args) * threads;
}

export function conv2dInputGrad(args: usize, thread: u32, threads: u32): void {
  if (quick(args)) return winograd(args, kind(args), thread, threads);
  const packed = load<usize>(args, 12);
  const KH = load<u32>(args, 36);
  const KW = load<u32>(args, 40);
  const stride = load<u32>(args, 52);
  const dilation = load<u32>(args, 60);
  const groups = load<u32>(args, 64);
  const outputs = load<u32>(args, 32) / groups;
  const channels = load<u32>(args, 28) / groups;

  let at = packed;
  for (let ph: u32 = 0; ph < stride; ph++)
    for (let pw: u32 = 0; pw < stride; pw++) {
      const K = tapCount(ph, KH, stride, dilation) * tapCount(pw, KW, stride, dilation) * outputs;
      pack(args, at, ph, pw, thread, threads);
      at += packedBytes(channels, K) * groups;
    }
  barrier(threads); // every thread reads all weights

  const work = packed + allPackedBytes(args) + privateBytes(args) * thread;
  at = packed;
  for (let ph: u32 = 0; ph < stride; ph++)
    for (let pw: u32 = 0; pw < stride; pw++) {
      const K = tapCount(ph, KH, stride, dilation) * tapCount(pw, KW, stride, dilation) * outputs;
      phase(args, at, work, ph, pw, thread, threads);
      at += packedBytes(channels, K) * groups;
    }
}

/** All pixels of one phase. */
function phase(args: usize, packed: usize, work: usize, ph: u32, pw: u32, thread: u32, threads: u32): void {
  const dy = load<usize>(args);
  const dx = load<usize>(args, 8);
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
  const outputs = O / groups;
  const channels = C / groups;

  const h0 = firstPixel(ph, padding, stride);
  const w0 = firstPixel(pw, padding, stride);
  const high = pixelCount(h0, H, stride);
  const wide = pixelCount(w0, W, stride);
  if (high == 0 || wide == 0) return;
  const step = tapStep(stride, dilation);
  const far = (step * dilation) / stride; // from tap to tap, in pixels of dy
  const tapsH = tapCount(ph, KH, stride, dilation);
  const tapsW = tapCount(pw, KW, stride, dilation);
  // the pixel of dy that the last tap reads for the phase's first pixel
  const lowH =
    <i32>(h0 + padding - (firstTap(ph, KH, stride, dilation) + (tapsH - 1) * step) * dilation) / <i32>stride;
  const lowW =
    <i32>(w0 + padding - (firstTap(pw, KW, stride, dilation) + (tapsW - 1) * step) * dilation) / <i32>stride;

  const columns = wide + (tapsW ? (tapsW - 1) * far : 0);
  const offsets = work + windowsBytes(KH * KW * outputs);
  const image = offsets + ((<usize>(KH * KW)) << 2);
  const runs = far == 1; // a window's row is one run
  for (let kh: u32 = 0; kh < tapsH; kh++)
    for (let kw: u32 = 0; kw < tapsW; kw++) {
      const tap = runs ? kh : kh * tapsW + kw;
      if (kw == 0 || !runs)
        store<usize>(offsets + (tap << 2), (<usize>((kh * columns + kw) * far) * outputs) << 2);
    }

  const band = bandRows(high, wide);
  const bands = (high + band - 1) / band;
  const taps = tapsH * tapsW;
  const last = share(N * bands * groups, 1, thread + 1, threads);
  for (let item = share(N * bands * groups, 1, thread, threads); item < last; item++) {
    const group = item % groups;
    const row = ((item / groups) % bands) * band;
    const n = item / groups / bands;
    const rows = min(band, high - row);
    const from = dy + ((<usize>(n * OH * OW) * O + group * outputs) << 2);
    if (taps) padded(from, OH, OW, O, lowH + row, lowW, image, rows + (tapsH - 1) * far, columns, outputs);
    windows(
      work,
      image,
      rows,
      wide,
      (<usize>columns * outputs) << 2,
      (<usize>outputs) << 2,
      offsets,
      taps ? (runs ? tapsH : taps) : 0,
      runs ? tapsW * outputs : outputs,
      packed + packedBytes(channels, taps * outputs) * group,
      channels,
      dx + ((<usize>((n * H + h0 + row * stride) * W + w0) * C + group * channels) << 2),
      (<usize>(stride * W) * C) << 2,
      (<usize>stride * C) << 2,
    );
  }
}

/** Panels [groups][C / 8][taps * O][8] of one phase, taps backwards. */
function pack(args: usize, packed: usize, ph: u32, pw: u32, thread: u32, threads: u32): void {
  const w = load<usize>(args, 4);
  const KH = load<u32>(args, 36);
  const KW = load<u32>(args, 40);
  const stride = load<u32>(args, 52);
  const dilation = load<u32>(args, 60);
  const groups = load<u32>(args, 64);
  const outputs = load<u32>(args, 32) / groups;
  const channels = load<u32>(args, 28) / groups;
  const step = tapStep(stride, dilation);
  const tapsH = tapCount(ph, KH, stride, dilation);
  const tapsW = tapCount(pw, KW, stride, dilation);
  const panels = (channels + 7) / 8;
  const last = share(groups * panels, 1, thread + 1, threads);
  for (let panel = share(groups * panels, 1, thread, threads); panel < last; panel++) {
    const group = panel / panels;
    const first = (panel % panels) * 8;
    const count = min(channels - first, 8);
    let to = packed + ((<usize>panel * tapsH * tapsW * outputs) << 5);
    for (let i = tapsH; i > 0; i--)
      for (let j = tapsW; j > 0; j--) {
        const kh = firstTap(ph, KH, stride, dilation) + (i - 1) * step;
        const kw = firstTap(pw, KW, stride, dilation) + (j - 1) * step;
        for (let o: u32 = 0; o < outputs; o++, to += 32) {
          const from = w + ((((<usize>(group * outputs + o) * KH + kh) * KW + kw) * channels + first) << 2);
          for (let c: u32 = 0; c < 8; c++)
            store<f32>(to + (c << 2), c < count ? load<f32>(from + (c << 2)) : 0);
        }
      }
  }
}
