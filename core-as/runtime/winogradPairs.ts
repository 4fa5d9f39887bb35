import { madd } from "./share";
import {
  CONSTANTS,
  dataLines,
  gradientLines,
  outputLines,
  weightGradientLines,
  weightLines,
} from "./winograd";

// The transforms of winograd.ts by two vectors at a time, for V8's revectorizer (wide.ts): it pairs only what one block holds, all loads
// before the first store. Without it two do not fit into the registers. What 32 does not divide is left to the twins there, so
// that numbers, and their bits, are the same.
//
// One core of a Zen 5, 3x3 of 64 channels at 32 x 32: 341 -> 350 GFLOP/s forward, 254 -> 272 weight gradient; of 512
// at 4 x 4 240 -> 272, 208 -> 222 (processor time, best of rounds in turn with the version before).

/** B^T x: six numbers to six. */
export function dataPairs(
  from: usize,
  fromLine: usize,
  fromStep: usize,
  to: usize,
  toLine: usize,
  toStep: usize,
  lines: u32,
  bytes: usize,
): void {
  const nb2 = v128.load_splat<f32>(CONSTANTS, 0);
  const na2 = v128.load_splat<f32>(CONSTANTS, 4);
  const product = v128.load_splat<f32>(CONSTANTS, 8);
  const nsum = v128.load_splat<f32>(CONSTANTS, 12);
  const a = v128.load_splat<f32>(CONSTANTS, 16);
  const na = v128.load_splat<f32>(CONSTANTS, 20);
  const b = v128.load_splat<f32>(CONSTANTS, 24);
  const nb = v128.load_splat<f32>(CONSTANTS, 28);
  const pairs = bytes & ~31;
  for (let line = from, target = to, n = lines; n; n--, line += fromLine, target += toLine)
    for (let at: usize = 0; at < pairs; at += 32) {
      let p = line + at;
      const d0 = v128.load(p);
      const d0h = v128.load(p, 16);
      const d1 = v128.load((p += fromStep));
      const d1h = v128.load(p, 16);
      const d2 = v128.load((p += fromStep));
      const d2h = v128.load(p, 16);
      const d3 = v128.load((p += fromStep));
      const d3h = v128.load(p, 16);
      const d4 = v128.load((p += fromStep));
      const d4h = v128.load(p, 16);
      const d5 = v128.load(p + fromStep);
      const d5h = v128.load(p + fromStep, 16);
      const evenA = madd(nb2, d2, d4);
      const evenAh = madd(nb2, d2h, d4h);
      const oddA = madd(nb2, d1, d3);
      const oddAh = madd(nb2, d1h, d3h);
      const evenB = madd(na2, d2, d4);
      const evenBh = madd(na2, d2h, d4h);
      const oddB = madd(na2, d1, d3);
      const oddBh = madd(na2, d1h, d3h);
      p = target + at;
      v128.store(p, madd(product, d0, madd(nsum, d2, d4)));
      v128.store(p, madd(product, d0h, madd(nsum, d2h, d4h)), 16);
      v128.store((p += toStep), madd(a, oddA, evenA));
      v128.store(p, madd(a, oddAh, evenAh), 16);
      v128.store((p += toStep), madd(na, oddA, evenA));
      v128.store(p, madd(na, oddAh, evenAh), 16);
      v128.store((p += toStep), madd(b, oddB, evenB));
      v128.store(p, madd(b, oddBh, evenBh), 16);
      v128.store((p += toStep), madd(nb, oddB, evenB));
      v128.store(p, madd(nb, oddBh, evenBh), 16);
      v128.store(p + toStep, madd(product, d1, madd(nsum, d3, d5)));
      v128.store(p + toStep, madd(product, d1h, madd(nsum, d3h, d5h)), 16);
    }
  if (pairs < bytes)
    dataLines(from + pairs, fromLine, fromStep, to + pairs, toLine, toStep, lines, bytes - pairs);
}

/** G w: three numbers to six. */
export function weightPairs(
  from: usize,
  fromLine: usize,
  fromStep: usize,
  to: usize,
  toLine: usize,
  toStep: usize,
  lines: u32,
  bytes: usize,
): void {
  const a2 = v128.load_splat<f32>(CONSTANTS, 32);
  const b2 = v128.load_splat<f32>(CONSTANTS, 36);
  const ga = v128.load_splat<f32>(CONSTANTS, 48);
  const gb = v128.load_splat<f32>(CONSTANTS, 52);
  const g0 = v128.load_splat<f32>(CONSTANTS, 56);
  const gaa = v128.load_splat<f32>(CONSTANTS, 60);
  const ngaa = v128.load_splat<f32>(CONSTANTS, 64);
  const gbb = v128.load_splat<f32>(CONSTANTS, 68);
  const ngbb = v128.load_splat<f32>(CONSTANTS, 72);
  const pairs = bytes & ~31;
  for (let line = from, target = to, n = lines; n; n--, line += fromLine, target += toLine)
    for (let at: usize = 0; at < pairs; at += 32) {
      let p = line + at;
      const w0 = v128.load(p);
      const w0h = v128.load(p, 16);
      const w1 = v128.load((p += fromStep));
      const w1h = v128.load(p, 16);
      const w2 = v128.load(p + fromStep);
      const w2h = v128.load(p + fromStep, 16);
      const evenA = f32x4.mul(ga, madd(a2, w2, w0));
      const evenAh = f32x4.mul(ga, madd(a2, w2h, w0h));
      const evenB = f32x4.mul(gb, madd(b2, w2, w0));
      const evenBh = f32x4.mul(gb, madd(b2, w2h, w0h));
      p = target + at;
      v128.store(p, f32x4.mul(g0, w0));
      v128.store(p, f32x4.mul(g0, w0h), 16);
      v128.store((p += toStep), madd(gaa, w1, evenA));
      v128.store(p, madd(gaa, w1h, evenAh), 16);
      v128.store((p += toStep), madd(ngaa, w1, evenA));
      v128.store(p, madd(ngaa, w1h, evenAh), 16);
      v128.store((p += toStep), madd(gbb, w1, evenB));
      v128.store(p, madd(gbb, w1h, evenBh), 16);
      v128.store((p += toStep), madd(ngbb, w1, evenB));
      v128.store(p, madd(ngbb, w1h, evenBh), 16);
      v128.store(p + toStep, w2);
      v128.store(p + toStep, w2h, 16);
    }
  if (pairs < bytes)
    weightLines(from + pairs, fromLine, fromStep, to + pairs, toLine, toStep, lines, bytes - pairs);
}

/** A^T m: six numbers to four. */
export function outputPairs(
  from: usize,
  fromLine: usize,
  fromStep: usize,
  to: usize,
  toLine: usize,
  toStep: usize,
  lines: u32,
  bytes: usize,
): void {
  const a = v128.load_splat<f32>(CONSTANTS, 16);
  const b = v128.load_splat<f32>(CONSTANTS, 24);
  const a2 = v128.load_splat<f32>(CONSTANTS, 32);
  const b2 = v128.load_splat<f32>(CONSTANTS, 36);
  const a3 = v128.load_splat<f32>(CONSTANTS, 40);
  const b3 = v128.load_splat<f32>(CONSTANTS, 44);
  const pairs = bytes & ~31;
  for (let line = from, target = to, n = lines; n; n--, line += fromLine, target += toLine)
    for (let at: usize = 0; at < pairs; at += 32) {
      let p = line + at;
      const m0 = v128.load(p);
      const m0h = v128.load(p, 16);
      const m1 = v128.load((p += fromStep));
      const m1h = v128.load(p, 16);
      const m2 = v128.load((p += fromStep));
      const m2h = v128.load(p, 16);
      const m3 = v128.load((p += fromStep));
      const m3h = v128.load(p, 16);
      const m4 = v128.load((p += fromStep));
      const m4h = v128.load(p, 16);
      const m5 = v128.load(p + fromStep);
      const m5h = v128.load(p + fromStep, 16);
      const evenA = f32x4.add(m1, m2);
      const evenAh = f32x4.add(m1h, m2h);
      const oddA = f32x4.sub(m1, m2);
      const oddAh = f32x4.sub(m1h, m2h);
      const evenB = f32x4.add(m3, m4);
      const evenBh = f32x4.add(m3h, m4h);
      const oddB = f32x4.sub(m3, m4);
      const oddBh = f32x4.sub(m3h, m4h);
      p = target + at;
      v128.store(p, f32x4.add(m0, f32x4.add(evenA, evenB)));
      v128.store(p, f32x4.add(m0h, f32x4.add(evenAh, evenBh)), 16);
      v128.store((p += toStep), madd(a, oddA, f32x4.mul(b, oddB)));
      v128.store(p, madd(a, oddAh, f32x4.mul(b, oddBh)), 16);
      v128.store((p += toStep), madd(a2, evenA, f32x4.mul(b2, evenB)));
      v128.store(p, madd(a2, evenAh, f32x4.mul(b2, evenBh)), 16);
      v128.store(p + toStep, madd(a3, oddA, madd(b3, oddB, m5)));
      v128.store(p + toStep, madd(a3, oddAh, madd(b3, oddBh, m5h)), 16);
    }
  if (pairs < bytes)
    outputLines(from + pairs, fromLine, fromStep, to + pairs, toLine, toStep, lines, bytes - pairs);
}

/** A dy: four numbers to six. */
export function gradientPairs(
  from: usize,
  fromLine: usize,
  fromStep: usize,
  to: usize,
  toLine: usize,
  toStep: usize,
  lines: u32,
  bytes: usize,
): void {
  const a = v128.load_splat<f32>(CONSTANTS, 16);
  const na = v128.load_splat<f32>(CONSTANTS, 20);
  const b = v128.load_splat<f32>(CONSTANTS, 24);
  const nb = v128.load_splat<f32>(CONSTANTS, 28);
  const a2 = v128.load_splat<f32>(CONSTANTS, 32);
  const b2 = v128.load_splat<f32>(CONSTANTS, 36);
  const pairs = bytes & ~31;
  for (let line = from, target = to, n = lines; n; n--, line += fromLine, target += toLine)
    for (let at: usize = 0; at < pairs; at += 32) {
      let p = line + at;
      const y0 = v128.load(p);
      const y0h = v128.load(p, 16);
      const y1 = v128.load((p += fromStep));
      const y1h = v128.load(p, 16);
      const y2 = v128.load((p += fromStep));
      const y2h = v128.load(p, 16);
      const y3 = v128.load(p + fromStep);
      const y3h = v128.load(p + fromStep, 16);
      const evenA = madd(a2, y2, y0);
      const evenAh = madd(a2, y2h, y0h);
      const oddA = madd(a2, y3, y1);
      const oddAh = madd(a2, y3h, y1h);
      const evenB = madd(b2, y2, y0);
      const evenBh = madd(b2, y2h, y0h);
      const oddB = madd(b2, y3, y1);
      const oddBh = madd(b2, y3h, y1h);
      p = target + at;
      v128.store(p, y0);
      v128.store(p, y0h, 16);
      v128.store((p += toStep), madd(a, oddA, evenA));
      v128.store(p, madd(a, oddAh, evenAh), 16);
      v128.store((p += toStep), madd(na, oddA, evenA));
      v128.store(p, madd(na, oddAh, evenAh), 16);
      v128.store((p += toStep), madd(b, oddB, evenB));
      v128.store(p, madd(b, oddBh, evenBh), 16);
      v128.store((p += toStep), madd(nb, oddB, evenB));
      v128.store(p, madd(nb, oddBh, evenBh), 16);
      v128.store(p + toStep, y3);
      v128.store(p + toStep, y3h, 16);
    }
  if (pairs < bytes)
    gradientLines(from + pairs, fromLine, fromStep, to + pairs, toLine, toStep, lines, bytes - pairs);
}

/** G^T m: six numbers to three. */
export function weightGradientPairs(
  from: usize,
  fromLine: usize,
  fromStep: usize,
  to: usize,
  toLine: usize,
  toStep: usize,
  lines: u32,
  bytes: usize,
): void {
  const a2 = v128.load_splat<f32>(CONSTANTS, 32);
  const b2 = v128.load_splat<f32>(CONSTANTS, 36);
  const ga = v128.load_splat<f32>(CONSTANTS, 48);
  const gb = v128.load_splat<f32>(CONSTANTS, 52);
  const g0 = v128.load_splat<f32>(CONSTANTS, 56);
  const gaa = v128.load_splat<f32>(CONSTANTS, 60);
  const gbb = v128.load_splat<f32>(CONSTANTS, 68);
  const pairs = bytes & ~31;
  for (let line = from, target = to, n = lines; n; n--, line += fromLine, target += toLine)
    for (let at: usize = 0; at < pairs; at += 32) {
      let p = line + at;
      const m0 = v128.load(p);
      const m0h = v128.load(p, 16);
      const m1 = v128.load((p += fromStep));
      const m1h = v128.load(p, 16);
      const m2 = v128.load((p += fromStep));
      const m2h = v128.load(p, 16);
      const m3 = v128.load((p += fromStep));
      const m3h = v128.load(p, 16);
      const m4 = v128.load((p += fromStep));
      const m4h = v128.load(p, 16);
      const m5 = v128.load(p + fromStep);
      const m5h = v128.load(p + fromStep, 16);
      const evenA = f32x4.mul(ga, f32x4.add(m1, m2));
      const evenAh = f32x4.mul(ga, f32x4.add(m1h, m2h));
      const oddA = f32x4.mul(gaa, f32x4.sub(m1, m2));
      const oddAh = f32x4.mul(gaa, f32x4.sub(m1h, m2h));
      const evenB = f32x4.mul(gb, f32x4.add(m3, m4));
      const evenBh = f32x4.mul(gb, f32x4.add(m3h, m4h));
      const oddB = f32x4.sub(m3, m4);
      const oddBh = f32x4.sub(m3h, m4h);
      p = target + at;
      v128.store(p, madd(g0, m0, f32x4.add(evenA, evenB)));
      v128.store(p, madd(g0, m0h, f32x4.add(evenAh, evenBh)), 16);
      v128.store((p += toStep), madd(gbb, oddB, oddA));
      v128.store(p, madd(gbb, oddBh, oddAh), 16);
      v128.store(p + toStep, madd(a2, evenA, madd(b2, evenB, m5)));
      v128.store(p + toStep, madd(a2, evenAh, madd(b2, evenBh, m5h)), 16);
    }
  if (pairs < bytes)
    weightGradientLines(from + pairs, fromLine, fromStep, to + pairs, toLine, toStep, lines, bytes - pairs);
}
