import { bandRows, padded } from "../runtime/convolve";
import { share } from "../runtime/share";
import { COLUMNS, pixelsTile, ROWS, spill, TABLE } from "../runtime/tile";
import { suits, tilesAlong } from "../runtime/winograd";
import { winogradWeights, winogradWeightsScratch } from "../runtime/winogradWeights";

// dw[split, o, kh, kw, c] = sum over the split's images and all oh, ow of dy[n, oh, ow, o] * x[n, oh s + kh d - p, ow s + kw d - p, c]
// Arguments: x, dy, dw, scratch, N, H, W, C, O, KH, KW, OH, OW, stride, padding, dilation, groups, splits.
//
// One thread sums a split's images for a block of output channels. A band of an image is copied with its zeros around it;
// six channels of dy by eight numbers of a window's row are summed in registers over the band's pixels. Without dilation
// a window's row is one run of KW * C numbers, whatever C.
//
// Where `suits` holds, 3x3 at stride 1 or 2, Winograd's way is taken: see runtime/winogradWeights.ts. One core of a
// Zen 5, GFLOP/s, direct and so: 58 and 190 (64 channels, 32 x 32), 46 and 180 (512, 4 x 4), 52 and 115 (16, 32 x 32); at
// stride 2 57 and 92 (64 to 128, 32 x 32), 50 and 63 (16 to 32).

/** Output channels that one item of work covers, at most. */
const BLOCK: u32 = 96;

/** Bytes beside the image: table, tile for overhangs, its targets, a row for what nobody wants. */
const WORK: usize = (TABLE + ((ROWS * COLUMNS) << 2) + (ROWS << 2) + 63) & ~63;

function quick(args: usize): bool {
  const images = load<u32>(args, 16) / load<u32>(args, 68);
  const OH = load<u32>(args, 44);
  const OW = load<u32>(args, 48);
  return suits(args, OH, OW) && images * tilesAlong(OH) * tilesAlong(OW) >= 8; // to pay for the transform back
}

export function conv2dWeightGradScratch(args: usize, threads: u32): usize {
  if (quick(args)) return winogradWeightsScratch(args, threads);
  return privateBytes(args) * threads;
}

function privateBytes(args: usize): usize {
  const C = load<u32>(args, 28) / load<u32>(args, 64);
  const OH = load<u32>(args, 44);
  const OW = load<u32>(args, 48);
  const stride = load<u32>(args, 52);
  const dilation = load<u32>(args, 60);
  const rows = (bandRows(OH, OW) - 1) * stride + (load<u32>(args, 36) - 1) * dilation + 1;
  const columns = (OW - 1) * stride + (load<u32>(args, 40) - 1) * dilation + 1;
  return (WORK + ((<usize>(rows * columns) * C) << 2) + 127) & ~63;
}

export function conv2dWeightGrad(args: usize, thread: u32, threads: u32): void {
  if (quick(args)) return winogradWeights(args, thread, threads);
  const x = load<usize>(args);
  const dy = load<usize>(args, 4);
  const dw = load<usize>(args, 8);
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
  const splits = load<u32>(args, 68);
  const channels = C / groups;
  const outputs = O / groups;
  const K = KH * KW * channels;
  const images = (N + splits - 1) / splits;
  const band = bandRows(OH, OW);
  const columns = (OW - 1) * stride + (KW - 1) * dilation + 1;
  const work = load<usize>(args, 12) + privateBytes(args) * thread;
  const image = work + WORK;

  const blocks = (outputs + BLOCK - 1) / BLOCK;
  const last = share(splits * groups * blocks, 1, thread + 1, threads);
  for (let item = share(splits * groups * blocks, 1, thread, threads); item < last; item++) {
    const o0 = (item % blocks) * BLOCK;
    const count = min(outputs - o0, BLOCK);
    const group = (item / blocks) % groups;
    const split = item / blocks / groups;
    const sums = dw + ((<usize>(split * O + group * outputs + o0) * K) << 2);
    memory.fill(sums, 0, (<usize>count * K) << 2);
    const end = min(N, (split + 1) * images);
    for (let n = split * images; n < end; n++)
      for (let oh: u32 = 0; oh < OH; oh += band) {
        const rows = min(band, OH - oh);
        const from = x + ((<usize>(n * H * W) * C + group * channels) << 2);
        const high = (rows - 1) * stride + (KH - 1) * dilation + 1;
        padded(from, H, W, C, oh * stride - padding, -(<i32>padding), image, high, columns, channels);
        const a = dy + ((<usize>((n * OH + oh) * OW) * O + group * outputs + o0) << 2);
        accumulate(work, image, a, sums, rows, OW, columns, channels, count, O, KH, KW, stride, dilation);
      }
  }
}

/** Adds one band's products to the sums [count, KH, KW, C]. */
function accumulate(
  work: usize,
  image: usize,
  a: usize,
  sums: usize,
  rows: u32,
  wide: u32,
  columns: u32,
  channels: u32,
  count: u32,
  O: u32,
  KH: u32,
  KW: u32,
  stride: u32,
  dilation: u32,
): void {
  const table = work;
  const tile = work + TABLE;
  const targets = tile + ((ROWS * COLUMNS) << 2);
  const runs = dilation == 1; // a window's row is one run
  const taps = runs ? KH : KH * KW;
  const depth = runs ? KW * channels : channels;
  const K = KH * KW * channels;
  const aStep = (<usize>O) << 2;
  const bStep = (<usize>stride * channels) << 2;
  const bLine = (<usize>(stride * columns) * channels) << 2;
  for (let o: u32 = 0; o < count; o += ROWS) {
    const lines = min(count - o, ROWS);
    for (let r: u32 = 0; r < ROWS; r++)
      store<usize>(targets + (r << 2), sums + ((<usize>(o + min(r, lines - 1)) * K) << 2));
    for (let tap: u32 = 0; tap < taps; tap++) {
      const kh = runs ? tap : tap / KW;
      const kw = runs ? 0 : tap % KW;
      const b = image + ((<usize>((kh * columns + kw) * dilation) * channels) << 2);
      for (let k: u32 = 0; k < depth; k += COLUMNS) {
        const width = min(depth - k, COLUMNS);
        const whole = lines == ROWS && width == COLUMNS;
        const column = (<usize>(tap * depth + k)) << 2;
        for (let r: u32 = 0; r < ROWS; r++) {
          const target = load<usize>(targets + (r << 2));
          if (whole) store<usize>(table + (r << 2), target, 24);
          else {
            memory.copy(tile + (r << 5), target + column, (<usize>width) << 2);
            store<usize>(table + (r << 2), tile + (r << 5), 24);
          }
        }
        pixelsTile(
          table,
          rows,
          wide,
          a + ((<usize>o) << 2),
          aStep,
          aStep * wide,
          b + ((<usize>k) << 2),
          bStep,
          bLine,
          whole ? column : 0,
        );
        if (!whole) spill(tile, targets, lines, width, column);
      }
    }
  }
}
