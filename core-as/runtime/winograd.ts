import { madd } from "./share";
import { wide } from "./wide";
import { dataPairs, gradientPairs, outputPairs, weightGradientPairs, weightPairs } from "./winogradPairs";

// Winograd's convolution F(4x4, 3x3): what 4 x 4 outputs need of 6 x 6 inputs in 36 products instead of 144.
//
//     y = A^T [ (G w G^T) * (B^T x B) ] A        Lavin and Gray 2016, https://arxiv.org/abs/1509.09308
//
// summed over channels while transformed, so that each of the 36 positions ("planes") is a matrix product. By the same
// token the gradient of the weights is G^T [ sum over tiles of (B^T x B) * (A dy A^T) ] G.
//
// The matrices follow from six points at which polynomials are evaluated. We take 0, +-5/8, +-3/2 and infinity instead
// of the paper's 0, +-1, +-2: by a search in steps of 1/16 (64 channels, numbers from [-1, 1)) the error of f32 falls from 1.7e-6 to
// 8e-7, forward and in the weights' gradient. With a = 5/8, b = 3/2, a row of B^T for each of 0, a, -a, b, -b, infinity:
//
//     a^2 b^2     0        -(a^2 + b^2)   0             1  0          G: 1, x, x^2 at each point x, over the product
//     0           -+ a b^2  -b^2          +- a          1  0          of its distances to the others; 0 0 1
//     0           -+ b a^2  -a^2          +- b          1  0
//     0           a^2 b^2   0             -(a^2 + b^2)  0  1          A: 1, x, x^2, x^3 at each point x; 0 0 0 1
//
// Each function below is one of the products along one axis, for `lines` lines of vectors of `bytes` bytes (of 16 at a
// time): the k-th number of line l lies at from + l * fromLine + k * fromStep. Twice, along columns and along rows, makes a tile.
// They are written out, for nothing unrolls a loop or keeps an array in registers here.

const A: f32 = 0.625;
const B: f32 = 1.5;
const A2: f32 = A * A;
const B2: f32 = B * B;
const A3: f32 = A * A * A;
const B3: f32 = B * B * B;
const PRODUCT: f32 = A2 * B2;
const SUM: f32 = A2 + B2;
/** One over the distances to the other points. */
const G0: f32 = <f32>(1.0 / 0.87890625);
const GA: f32 = <f32>(1.0 / (2.0 * 0.390625 * (0.390625 - 2.25)));
const GB: f32 = <f32>(1.0 / (2.0 * 2.25 * (2.25 - 0.390625)));

/** Extent of a tile of the output, of the input, and their planes. */
export const TILE: u32 = 4;
export const WINDOW: u32 = 6;
export const PLANES: u32 = 36;

/** Bytes of a run of channels that goes through both axes at once: 36 of them stay in the first cache. */
export const RUN: usize = 256;

/** Bytes of a plane, at least so many: an odd number of cache lines, lest all planes fall into the same few sets. */
export function planeBytes(bytes: usize): usize {
  return ((bytes + 63) & ~63) | 64;
}

/**
 * Whether a convolution is computed so: 3x3, dense, at stride 1, or at stride 2 with padding 1, with enough channels to
 * fill vectors, and tiles full enough; `high` and `wide` are those of what
 * is divided into tiles. How many images there are does not count: an image has the same bits in any batch. Any other is computed directly: so are 3x3 weights amid a frame of zeros, 5x5, which is how a
 * test compares the two.
 */
export function suits(args: usize, high: u32, wide: u32): bool {
  const C = load<u32>(args, 28);
  const O = load<u32>(args, 32);
  const KH = load<u32>(args, 36);
  const KW = load<u32>(args, 40);
  const stride = load<u32>(args, 52);
  const padding = load<u32>(args, 56);
  const dilation = load<u32>(args, 60);
  const groups = load<u32>(args, 64);
  if (KH != 3 || KW != 3 || dilation != 1 || groups != 1 || C < 8 || O < 8) return false;
  if (stride != 1 && (stride != 2 || padding != 1)) return false;
  const tiles = tilesAlong(high) * tilesAlong(wide);
  return high * wide >= 8 * tiles;
}

export function tilesAlong(extent: u32): u32 {
  return (extent + TILE - 1) / TILE;
}

/** The factors below as data: V8 would build constants anew at each use, which cost 7 to 14 % of a convolution. */
export const CONSTANTS: usize = memory.data<f32>([
  -B2,
  -A2,
  PRODUCT,
  -SUM,
  A,
  -A,
  B,
  -B,
  A2,
  B2,
  A3,
  B3,
  GA,
  GB,
  G0,
  GA * A,
  -GA * A,
  GB * B,
  -GB * B,
]);

/** B^T x: six numbers to six. */
export function dataLines(
  from: usize,
  fromLine: usize,
  fromStep: usize,
  to: usize,
  toLine: usize,
  toStep: usize,
  lines: u32,
  bytes: usize,
): void {
  if (bytes >= 32 && wide()) return dataPairs(from, fromLine, fromStep, to, toLine, toStep, lines, bytes);
  const nb2 = v128.load_splat<f32>(CONSTANTS, 0);
  const na2 = v128.load_splat<f32>(CONSTANTS, 4);
  const product = v128.load_splat<f32>(CONSTANTS, 8);
  const nsum = v128.load_splat<f32>(CONSTANTS, 12);
  const a = v128.load_splat<f32>(CONSTANTS, 16);
  const na = v128.load_splat<f32>(CONSTANTS, 20);
  const b = v128.load_splat<f32>(CONSTANTS, 24);
  const nb = v128.load_splat<f32>(CONSTANTS, 28);
  for (; lines; lines--, from += fromLine, to += toLine)
    for (let at: usize = 0; at < bytes; at += 16) {
      let p = from + at;
      const d0 = v128.load(p);
      const d1 = v128.load((p += fromStep));
      const d2 = v128.load((p += fromStep));
      const d3 = v128.load((p += fromStep));
      const d4 = v128.load((p += fromStep));
      const d5 = v128.load(p + fromStep);
      const evenA = madd(nb2, d2, d4);
      const oddA = madd(nb2, d1, d3);
      const evenB = madd(na2, d2, d4);
      const oddB = madd(na2, d1, d3);
      p = to + at;
      v128.store(p, madd(product, d0, madd(nsum, d2, d4)));
      v128.store((p += toStep), madd(a, oddA, evenA));
      v128.store((p += toStep), madd(na, oddA, evenA));
      v128.store((p += toStep), madd(b, oddB, evenB));
      v128.store((p += toStep), madd(nb, oddB, evenB));
      v128.store(p + toStep, madd(product, d1, madd(nsum, d3, d5)));
    }
}

/** G w: three numbers to six. */
export function weightLines(
  from: usize,
  fromLine: usize,
  fromStep: usize,
  to: usize,
  toLine: usize,
  toStep: usize,
  lines: u32,
  bytes: usize,
): void {
  if (bytes >= 32 && wide()) return weightPairs(from, fromLine, fromStep, to, toLine, toStep, lines, bytes);
  const a2 = v128.load_splat<f32>(CONSTANTS, 32);
  const b2 = v128.load_splat<f32>(CONSTANTS, 36);
  const ga = v128.load_splat<f32>(CONSTANTS, 48);
  const gb = v128.load_splat<f32>(CONSTANTS, 52);
  const g0 = v128.load_splat<f32>(CONSTANTS, 56);
  const gaa = v128.load_splat<f32>(CONSTANTS, 60);
  const ngaa = v128.load_splat<f32>(CONSTANTS, 64);
  const gbb = v128.load_splat<f32>(CONSTANTS, 68);
  const ngbb = v128.load_splat<f32>(CONSTANTS, 72);
  for (; lines; lines--, from += fromLine, to += toLine)
    for (let at: usize = 0; at < bytes; at += 16) {
      let p = from + at;
      const w0 = v128.load(p);
      const w1 = v128.load((p += fromStep));
      const w2 = v128.load(p + fromStep);
      const evenA = f32x4.mul(ga, madd(a2, w2, w0));
      const evenB = f32x4.mul(gb, madd(b2, w2, w0));
      p = to + at;
      v128.store(p, f32x4.mul(g0, w0));
      v128.store((p += toStep), madd(gaa, w1, evenA));
      v128.store((p += toStep), madd(ngaa, w1, evenA));
      v128.store((p += toStep), madd(gbb, w1, evenB));
      v128.store((p += toStep), madd(ngbb, w1, evenB));
      v128.store(p + toStep, w2);
    }
}

/** A^T m: six numbers to four. */
export function outputLines(
  from: usize,
  fromLine: usize,
  fromStep: usize,
  to: usize,
  toLine: usize,
  toStep: usize,
  lines: u32,
  bytes: usize,
): void {
  if (bytes >= 32 && wide()) return outputPairs(from, fromLine, fromStep, to, toLine, toStep, lines, bytes);
  const a = v128.load_splat<f32>(CONSTANTS, 16);
  const b = v128.load_splat<f32>(CONSTANTS, 24);
  const a2 = v128.load_splat<f32>(CONSTANTS, 32);
  const b2 = v128.load_splat<f32>(CONSTANTS, 36);
  const a3 = v128.load_splat<f32>(CONSTANTS, 40);
  const b3 = v128.load_splat<f32>(CONSTANTS, 44);
  for (; lines; lines--, from += fromLine, to += toLine)
    for (let at: usize = 0; at < bytes; at += 16) {
      let p = from + at;
      const m0 = v128.load(p);
      const m1 = v128.load((p += fromStep));
      const m2 = v128.load((p += fromStep));
      const m3 = v128.load((p += fromStep));
      const m4 = v128.load((p += fromStep));
      const m5 = v128.load(p + fromStep);
      const evenA = f32x4.add(m1, m2);
      const oddA = f32x4.sub(m1, m2);
      const evenB = f32x4.add(m3, m4);
      const oddB = f32x4.sub(m3, m4);
      p = to + at;
      v128.store(p, f32x4.add(m0, f32x4.add(evenA, evenB)));
      v128.store((p += toStep), madd(a, oddA, f32x4.mul(b, oddB)));
      v128.store((p += toStep), madd(a2, evenA, f32x4.mul(b2, evenB)));
      v128.store(p + toStep, madd(a3, oddA, madd(b3, oddB, m5)));
    }
}

/** A dy: four numbers to six. */
export function gradientLines(
  from: usize,
  fromLine: usize,
  fromStep: usize,
  to: usize,
  toLine: usize,
  toStep: usize,
  lines: u32,
  bytes: usize,
): void {
  if (bytes >= 32 && wide()) return gradientPairs(from, fromLine, fromStep, to, toLine, toStep, lines, bytes);
  const a = v128.load_splat<f32>(CONSTANTS, 16);
  const na = v128.load_splat<f32>(CONSTANTS, 20);
  const b = v128.load_splat<f32>(CONSTANTS, 24);
  const nb = v128.load_splat<f32>(CONSTANTS, 28);
  const a2 = v128.load_splat<f32>(CONSTANTS, 32);
  const b2 = v128.load_splat<f32>(CONSTANTS, 36);
  for (; lines; lines--, from += fromLine, to += toLine)
    for (let at: usize = 0; at < bytes; at += 16) {
      let p = from + at;
      const y0 = v128.load(p);
      const y1 = v128.load((p += fromStep));
      const y2 = v128.load((p += fromStep));
      const y3 = v128.load(p + fromStep);
      const evenA = madd(a2, y2, y0);
      const oddA = madd(a2, y3, y1);
      const evenB = madd(b2, y2, y0);
      const oddB = madd(b2, y3, y1);
      p = to + at;
      v128.store(p, y0);
      v128.store((p += toStep), madd(a, oddA, evenA));
      v128.store((p += toStep), madd(na, oddA, evenA));
      v128.store((p += toStep), madd(b, oddB, evenB));
      v128.store((p += toStep), madd(nb, oddB, evenB));
      v128.store(p + toStep, y3);
    }
}

/** G^T m: six numbers to three. */
export function weightGradientLines(
  from: usize,
  fromLine: usize,
  fromStep: usize,
  to: usize,
  toLine: usize,
  toStep: usize,
  lines: u32,
  bytes: usize,
): void {
  if (bytes >= 32 && wide())
    return weightGradientPairs(from, fromLine, fromStep, to, toLine, toStep, lines, bytes);
  const a2 = v128.load_splat<f32>(CONSTANTS, 32);
  const b2 = v128.load_splat<f32>(CONSTANTS, 36);
  const ga = v128.load_splat<f32>(CONSTANTS, 48);
  const gb = v128.load_splat<f32>(CONSTANTS, 52);
  const g0 = v128.load_splat<f32>(CONSTANTS, 56);
  const gaa = v128.load_splat<f32>(CONSTANTS, 60);
  const gbb = v128.load_splat<f32>(CONSTANTS, 68);
  for (; lines; lines--, from += fromLine, to += toLine)
    for (let at: usize = 0; at < bytes; at += 16) {
      let p = from + at;
      const m0 = v128.load(p);
      const m1 = v128.load((p += fromStep));
      const m2 = v128.load((p += fromStep));
      const m3 = v128.load((p += fromStep));
      const m4 = v128.load((p += fromStep));
      const m5 = v128.load(p + fromStep);
      const evenA = f32x4.mul(ga, f32x4.add(m1, m2));
      const oddA = f32x4.mul(gaa, f32x4.sub(m1, m2));
      const evenB = f32x4.mul(gb, f32x4.add(m3, m4));
      const oddB = f32x4.sub(m3, m4);
      p = to + at;
      v128.store(p, madd(g0, m0, f32x4.add(evenA, evenB)));
      v128.store((p += toStep), madd(gbb, oddB, oddA));
      v128.store(p + toStep, madd(a2, evenA, madd(b2, evenB, m5)));
    }
}
