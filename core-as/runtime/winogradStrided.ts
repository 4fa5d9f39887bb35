import { madd } from "./share";
import { wide } from "./wide";
import {
  feedPairs,
  pixelPairs,
  resultPairs,
  samplePairs,
  spreadPairs,
  tapGradientPairs,
  tapPairs,
} from "./winogradStridedPairs";

// Winograd's transforms for a 3x3 convolution at stride 2. Along one axis an output takes two of the even samples of its
// window, y[i] = w0 s[2i] + w2 s[2i + 2], and one of the odd ones, w1 s[2i + 1]. So four outputs are F(4, 2) of five even samples, five
// products, and four odd samples times w1 as they are: 9 instead of 12, in two dimensions 81 instead of 144. The
// gradient with respect to the input turns this about: odd pixels are F(4, 2) of five numbers of dy, even ones
// four of them times w1.
//
// F(4, 2) at the points +-3/8, +-5/4 and infinity, a = 3/8, b = 5/4: of such pairs, in steps of 1/16, with the least error (4.7e-7
// at 64 channels; 1.0e-6 at 0, +-1, 1/2, infinity). For +-a, +-b, infinity:
//
//     B^T:  -+ a b^2   -b^2       +- a         1   0        A:  1, x, x^2, x^3 at each point x; 0 0 0 1
//           -+ b a^2   -a^2       +- b         1   0        G:  1, x over the product of distances to the other points; 0 1
//           a^2 b^2     0      -(a^2 + b^2)    0   1
//
// Positions along an axis: these five, then the four that are taken as they are, which share one weight. Functions as in
// winograd.ts, each written out, for nothing unrolls a loop or keeps an array in registers here: hence the length.

const A: f32 = 0.375;
const B: f32 = 1.25;
const A2: f32 = A * A;
const B2: f32 = B * B;
const A3: f32 = A * A * A;
const B3: f32 = B * B * B;
const PRODUCT: f32 = A2 * B2;
const SUM: f32 = A2 + B2;
/** One over the distances of a and b to the other points; those of -a and -b are the negatives. */
const GA: f32 = <f32>(1.0 / (2.0 * 0.375 * (0.140625 - 1.5625)));
const GB: f32 = <f32>(1.0 / (2.0 * 1.25 * (1.5625 - 0.140625)));

/** The factors below as data, as in winograd.ts. */
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
  GA * A,
  GB,
  GB * B,
]);

/** Positions along an axis, of data and of weights. */
export const POSITIONS: u32 = 9;
export const WEIGHTS: u32 = 6;

/** B^T x: nine samples to nine positions. */
export function sampleLines(
  from: usize,
  fromLine: usize,
  fromStep: usize,
  to: usize,
  toLine: usize,
  toStep: usize,
  lines: u32,
  bytes: usize,
): void {
  if (bytes >= 32 && wide()) return samplePairs(from, fromLine, fromStep, to, toLine, toStep, lines, bytes);
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
      const r0 = v128.load((p += fromStep));
      const d1 = v128.load((p += fromStep));
      const r1 = v128.load((p += fromStep));
      const d2 = v128.load((p += fromStep));
      const r2 = v128.load((p += fromStep));
      const d3 = v128.load((p += fromStep));
      const r3 = v128.load((p += fromStep));
      const d4 = v128.load(p + fromStep);
      const oddA = madd(nb2, d1, d3);
      const evenA = madd(nb2, d0, d2);
      const oddB = madd(na2, d1, d3);
      const evenB = madd(na2, d0, d2);
      p = to + at;
      v128.store(p, madd(a, evenA, oddA));
      v128.store((p += toStep), madd(na, evenA, oddA));
      v128.store((p += toStep), madd(b, evenB, oddB));
      v128.store((p += toStep), madd(nb, evenB, oddB));
      v128.store((p += toStep), madd(product, d0, madd(nsum, d2, d4)));
      v128.store((p += toStep), r0);
      v128.store((p += toStep), r1);
      v128.store((p += toStep), r2);
      v128.store(p + toStep, r3);
    }
}

/** A^T m: nine positions to four outputs. */
export function resultLines(
  from: usize,
  fromLine: usize,
  fromStep: usize,
  to: usize,
  toLine: usize,
  toStep: usize,
  lines: u32,
  bytes: usize,
): void {
  if (bytes >= 32 && wide()) return resultPairs(from, fromLine, fromStep, to, toLine, toStep, lines, bytes);
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
      const r0 = v128.load((p += fromStep));
      const r1 = v128.load((p += fromStep));
      const r2 = v128.load((p += fromStep));
      const r3 = v128.load(p + fromStep);
      const evenA = f32x4.add(m0, m1);
      const oddA = f32x4.sub(m0, m1);
      const evenB = f32x4.add(m2, m3);
      const oddB = f32x4.sub(m2, m3);
      p = to + at;
      v128.store(p, f32x4.add(r0, f32x4.add(evenA, evenB)));
      v128.store((p += toStep), f32x4.add(r1, madd(a, oddA, f32x4.mul(b, oddB))));
      v128.store((p += toStep), f32x4.add(r2, madd(a2, evenA, f32x4.mul(b2, evenB))));
      v128.store(p + toStep, f32x4.add(r3, madd(a3, oddA, madd(b3, oddB, m4))));
    }
}

/** For the input's gradient, B^T dy: five numbers to nine positions. */
export function spreadLines(
  from: usize,
  fromLine: usize,
  fromStep: usize,
  to: usize,
  toLine: usize,
  toStep: usize,
  lines: u32,
  bytes: usize,
): void {
  if (bytes >= 32 && wide()) return spreadPairs(from, fromLine, fromStep, to, toLine, toStep, lines, bytes);
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
      const d4 = v128.load(p + fromStep);
      const oddA = madd(nb2, d1, d3);
      const evenA = madd(nb2, d0, d2);
      const oddB = madd(na2, d1, d3);
      const evenB = madd(na2, d0, d2);
      p = to + at;
      v128.store(p, madd(a, evenA, oddA));
      v128.store((p += toStep), madd(na, evenA, oddA));
      v128.store((p += toStep), madd(b, evenB, oddB));
      v128.store((p += toStep), madd(nb, evenB, oddB));
      v128.store((p += toStep), madd(product, d0, madd(nsum, d2, d4)));
      v128.store((p += toStep), d0);
      v128.store((p += toStep), d1);
      v128.store((p += toStep), d2);
      v128.store(p + toStep, d3);
    }
}

/** For the input's gradient, A^T m: nine positions to eight pixels, even ones as they are. */
export function pixelLines(
  from: usize,
  fromLine: usize,
  fromStep: usize,
  to: usize,
  toLine: usize,
  toStep: usize,
  lines: u32,
  bytes: usize,
): void {
  if (bytes >= 32 && wide()) return pixelPairs(from, fromLine, fromStep, to, toLine, toStep, lines, bytes);
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
      const r0 = v128.load((p += fromStep));
      const r1 = v128.load((p += fromStep));
      const r2 = v128.load((p += fromStep));
      const r3 = v128.load(p + fromStep);
      const evenA = f32x4.add(m0, m1);
      const oddA = f32x4.sub(m0, m1);
      const evenB = f32x4.add(m2, m3);
      const oddB = f32x4.sub(m2, m3);
      p = to + at;
      v128.store(p, r0);
      v128.store((p += toStep), f32x4.add(evenA, evenB));
      v128.store((p += toStep), r1);
      v128.store((p += toStep), madd(a, oddA, f32x4.mul(b, oddB)));
      v128.store((p += toStep), r2);
      v128.store((p += toStep), madd(a2, evenA, f32x4.mul(b2, evenB)));
      v128.store((p += toStep), r3);
      v128.store(p + toStep, madd(a3, oddA, madd(b3, oddB, m4)));
    }
}

/** G w: three taps to six. */
export function tapLines(
  from: usize,
  fromLine: usize,
  fromStep: usize,
  to: usize,
  toLine: usize,
  toStep: usize,
  lines: u32,
  bytes: usize,
): void {
  if (bytes >= 32 && wide()) return tapPairs(from, fromLine, fromStep, to, toLine, toStep, lines, bytes);
  const ga = v128.load_splat<f32>(CONSTANTS, 48);
  const gaa = v128.load_splat<f32>(CONSTANTS, 52);
  const gb = v128.load_splat<f32>(CONSTANTS, 56);
  const gbb = v128.load_splat<f32>(CONSTANTS, 60);
  for (; lines; lines--, from += fromLine, to += toLine)
    for (let at: usize = 0; at < bytes; at += 16) {
      let p = from + at;
      const w0 = v128.load(p);
      const w1 = v128.load((p += fromStep));
      const w2 = v128.load(p + fromStep);
      const evenA = f32x4.mul(ga, w0);
      const evenB = f32x4.mul(gb, w0);
      p = to + at;
      v128.store(p, madd(gaa, w2, evenA));
      v128.store((p += toStep), f32x4.sub(f32x4.mul(gaa, w2), evenA));
      v128.store((p += toStep), madd(gbb, w2, evenB));
      v128.store((p += toStep), f32x4.sub(f32x4.mul(gbb, w2), evenB));
      v128.store((p += toStep), w2);
      v128.store(p + toStep, w1);
    }
}

/** For the weights' gradient, A dy: four numbers to nine positions. */
export function feedLines(
  from: usize,
  fromLine: usize,
  fromStep: usize,
  to: usize,
  toLine: usize,
  toStep: usize,
  lines: u32,
  bytes: usize,
): void {
  if (bytes >= 32 && wide()) return feedPairs(from, fromLine, fromStep, to, toLine, toStep, lines, bytes);
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
      v128.store(p, madd(a, oddA, evenA));
      v128.store((p += toStep), madd(na, oddA, evenA));
      v128.store((p += toStep), madd(b, oddB, evenB));
      v128.store((p += toStep), madd(nb, oddB, evenB));
      v128.store((p += toStep), y3);
      v128.store((p += toStep), y0);
      v128.store((p += toStep), y1);
      v128.store((p += toStep), y2);
      v128.store(p + toStep, y3);
    }
}

/** G^T m: six to three taps. */
export function tapGradientLines(
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
    return tapGradientPairs(from, fromLine, fromStep, to, toLine, toStep, lines, bytes);
  const ga = v128.load_splat<f32>(CONSTANTS, 48);
  const gaa = v128.load_splat<f32>(CONSTANTS, 52);
  const gb = v128.load_splat<f32>(CONSTANTS, 56);
  const gbb = v128.load_splat<f32>(CONSTANTS, 60);
  for (; lines; lines--, from += fromLine, to += toLine)
    for (let at: usize = 0; at < bytes; at += 16) {
      let p = from + at;
      const m0 = v128.load(p);
      const m1 = v128.load((p += fromStep));
      const m2 = v128.load((p += fromStep));
      const m3 = v128.load((p += fromStep));
      const m4 = v128.load((p += fromStep));
      const r0 = v128.load(p + fromStep);
      const firstA = f32x4.mul(ga, f32x4.sub(m0, m1));
      const lastA = madd(gaa, f32x4.add(m0, m1), m4);
      p = to + at;
      v128.store(p, madd(gb, f32x4.sub(m2, m3), firstA));
      v128.store((p += toStep), r0);
      v128.store(p + toStep, madd(gbb, f32x4.add(m2, m3), lastA));
    }
}
