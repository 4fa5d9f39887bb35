import { madd } from "./share";
import {
  CONSTANTS,
  feedLines,
  pixelLines,
  resultLines,
  sampleLines,
  spreadLines,
  tapGradientLines,
  tapLines,
} from "./winogradStrided";

// The transforms of winogradStrided.ts by two vectors at a time, for V8's revectorizer (wide.ts): it pairs only what one block holds, all loads
// before the first store. Without it two do not fit into the registers. What 32 does not divide is left to the twins there, so
// that numbers, and their bits, are the same.
//
// One core of a Zen 5, 3x3 at stride 2, 64 to 128 channels from 32 x 32: 158 -> 164 GFLOP/s forward, 149 -> 160, 126 -> 139 (weight
// gradient); 16 to 32: 80 -> 92, 85 -> 91, 79 -> 85 (processor time, best of rounds in turn with the version before).

/** B^T x: nine samples to nine positions. */
export function samplePairs(
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
      const r0 = v128.load((p += fromStep));
      const r0h = v128.load(p, 16);
      const d1 = v128.load((p += fromStep));
      const d1h = v128.load(p, 16);
      const r1 = v128.load((p += fromStep));
      const r1h = v128.load(p, 16);
      const d2 = v128.load((p += fromStep));
      const d2h = v128.load(p, 16);
      const r2 = v128.load((p += fromStep));
      const r2h = v128.load(p, 16);
      const d3 = v128.load((p += fromStep));
      const d3h = v128.load(p, 16);
      const r3 = v128.load((p += fromStep));
      const r3h = v128.load(p, 16);
      const d4 = v128.load(p + fromStep);
      const d4h = v128.load(p + fromStep, 16);
      const oddA = madd(nb2, d1, d3);
      const oddAh = madd(nb2, d1h, d3h);
      const evenA = madd(nb2, d0, d2);
      const evenAh = madd(nb2, d0h, d2h);
      const oddB = madd(na2, d1, d3);
      const oddBh = madd(na2, d1h, d3h);
      const evenB = madd(na2, d0, d2);
      const evenBh = madd(na2, d0h, d2h);
      p = target + at;
      v128.store(p, madd(a, evenA, oddA));
      v128.store(p, madd(a, evenAh, oddAh), 16);
      v128.store((p += toStep), madd(na, evenA, oddA));
      v128.store(p, madd(na, evenAh, oddAh), 16);
      v128.store((p += toStep), madd(b, evenB, oddB));
      v128.store(p, madd(b, evenBh, oddBh), 16);
      v128.store((p += toStep), madd(nb, evenB, oddB));
      v128.store(p, madd(nb, evenBh, oddBh), 16);
      v128.store((p += toStep), madd(product, d0, madd(nsum, d2, d4)));
      v128.store(p, madd(product, d0h, madd(nsum, d2h, d4h)), 16);
      v128.store((p += toStep), r0);
      v128.store(p, r0h, 16);
      v128.store((p += toStep), r1);
      v128.store(p, r1h, 16);
      v128.store((p += toStep), r2);
      v128.store(p, r2h, 16);
      v128.store(p + toStep, r3);
      v128.store(p + toStep, r3h, 16);
    }
  if (pairs < bytes)
    sampleLines(from + pairs, fromLine, fromStep, to + pairs, toLine, toStep, lines, bytes - pairs);
}

/** A^T m: nine positions to four outputs. */
export function resultPairs(
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
      const r0 = v128.load((p += fromStep));
      const r0h = v128.load(p, 16);
      const r1 = v128.load((p += fromStep));
      const r1h = v128.load(p, 16);
      const r2 = v128.load((p += fromStep));
      const r2h = v128.load(p, 16);
      const r3 = v128.load(p + fromStep);
      const r3h = v128.load(p + fromStep, 16);
      const evenA = f32x4.add(m0, m1);
      const evenAh = f32x4.add(m0h, m1h);
      const oddA = f32x4.sub(m0, m1);
      const oddAh = f32x4.sub(m0h, m1h);
      const evenB = f32x4.add(m2, m3);
      const evenBh = f32x4.add(m2h, m3h);
      const oddB = f32x4.sub(m2, m3);
      const oddBh = f32x4.sub(m2h, m3h);
      p = target + at;
      v128.store(p, f32x4.add(r0, f32x4.add(evenA, evenB)));
      v128.store(p, f32x4.add(r0h, f32x4.add(evenAh, evenBh)), 16);
      v128.store((p += toStep), f32x4.add(r1, madd(a, oddA, f32x4.mul(b, oddB))));
      v128.store(p, f32x4.add(r1h, madd(a, oddAh, f32x4.mul(b, oddBh))), 16);
      v128.store((p += toStep), f32x4.add(r2, madd(a2, evenA, f32x4.mul(b2, evenB))));
      v128.store(p, f32x4.add(r2h, madd(a2, evenAh, f32x4.mul(b2, evenBh))), 16);
      v128.store(p + toStep, f32x4.add(r3, madd(a3, oddA, madd(b3, oddB, m4))));
      v128.store(p + toStep, f32x4.add(r3h, madd(a3, oddAh, madd(b3, oddBh, m4h))), 16);
    }
  if (pairs < bytes)
    resultLines(from + pairs, fromLine, fromStep, to + pairs, toLine, toStep, lines, bytes - pairs);
}

/** For the input's gradient, B^T dy: five numbers to nine positions. */
export function spreadPairs(
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
      const d4 = v128.load(p + fromStep);
      const d4h = v128.load(p + fromStep, 16);
      const oddA = madd(nb2, d1, d3);
      const oddAh = madd(nb2, d1h, d3h);
      const evenA = madd(nb2, d0, d2);
      const evenAh = madd(nb2, d0h, d2h);
      const oddB = madd(na2, d1, d3);
      const oddBh = madd(na2, d1h, d3h);
      const evenB = madd(na2, d0, d2);
      const evenBh = madd(na2, d0h, d2h);
      p = target + at;
      v128.store(p, madd(a, evenA, oddA));
      v128.store(p, madd(a, evenAh, oddAh), 16);
      v128.store((p += toStep), madd(na, evenA, oddA));
      v128.store(p, madd(na, evenAh, oddAh), 16);
      v128.store((p += toStep), madd(b, evenB, oddB));
      v128.store(p, madd(b, evenBh, oddBh), 16);
      v128.store((p += toStep), madd(nb, evenB, oddB));
      v128.store(p, madd(nb, evenBh, oddBh), 16);
      v128.store((p += toStep), madd(product, d0, madd(nsum, d2, d4)));
      v128.store(p, madd(product, d0h, madd(nsum, d2h, d4h)), 16);
      v128.store((p += toStep), d0);
      v128.store(p, d0h, 16);
      v128.store((p += toStep), d1);
      v128.store(p, d1h, 16);
      v128.store((p += toStep), d2);
      v128.store(p, d2h, 16);
      v128.store(p + toStep, d3);
      v128.store(p + toStep, d3h, 16);
    }
  if (pairs < bytes)
    spreadLines(from + pairs, fromLine, fromStep, to + pairs, toLine, toStep, lines, bytes - pairs);
}

/** For the input's gradient, A^T m: nine positions to eight pixels, even ones as they are. */
export function pixelPairs(
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
      const r0 = v128.load((p += fromStep));
      const r0h = v128.load(p, 16);
      const r1 = v128.load((p += fromStep));
      const r1h = v128.load(p, 16);
      const r2 = v128.load((p += fromStep));
      const r2h = v128.load(p, 16);
      const r3 = v128.load(p + fromStep);
      const r3h = v128.load(p + fromStep, 16);
      const evenA = f32x4.add(m0, m1);
      const evenAh = f32x4.add(m0h, m1h);
      const oddA = f32x4.sub(m0, m1);
      const oddAh = f32x4.sub(m0h, m1h);
      const evenB = f32x4.add(m2, m3);
      const evenBh = f32x4.add(m2h, m3h);
      const oddB = f32x4.sub(m2, m3);
      const oddBh = f32x4.sub(m2h, m3h);
      p = target + at;
      v128.store(p, r0);
      v128.store(p, r0h, 16);
      v128.store((p += toStep), f32x4.add(evenA, evenB));
      v128.store(p, f32x4.add(evenAh, evenBh), 16);
      v128.store((p += toStep), r1);
      v128.store(p, r1h, 16);
      v128.store((p += toStep), madd(a, oddA, f32x4.mul(b, oddB)));
      v128.store(p, madd(a, oddAh, f32x4.mul(b, oddBh)), 16);
      v128.store((p += toStep), r2);
      v128.store(p, r2h, 16);
      v128.store((p += toStep), madd(a2, evenA, f32x4.mul(b2, evenB)));
      v128.store(p, madd(a2, evenAh, f32x4.mul(b2, evenBh)), 16);
      v128.store((p += toStep), r3);
      v128.store(p, r3h, 16);
      v128.store(p + toStep, madd(a3, oddA, madd(b3, oddB, m4)));
      v128.store(p + toStep, madd(a3, oddAh, madd(b3, oddBh, m4h)), 16);
    }
  if (pairs < bytes)
    pixelLines(from + pairs, fromLine, fromStep, to + pairs, toLine, toStep, lines, bytes - pairs);
}

/** G w: three taps to six. */
export function tapPairs(
  from: usize,
  fromLine: usize,
  fromStep: usize,
  to: usize,
  toLine: usize,
  toStep: usize,
  lines: u32,
  bytes: usize,
): void {
  const ga = v128.load_splat<f32>(CONSTANTS, 48);
  const gaa = v128.load_splat<f32>(CONSTANTS, 52);
  const gb = v128.load_splat<f32>(CONSTANTS, 56);
  const gbb = v128.load_splat<f32>(CONSTANTS, 60);
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
      const evenA = f32x4.mul(ga, w0);
      const evenAh = f32x4.mul(ga, w0h);
      const evenB = f32x4.mul(gb, w0);
      const evenBh = f32x4.mul(gb, w0h);
      p = target + at;
      v128.store(p, madd(gaa, w2, evenA));
      v128.store(p, madd(gaa, w2h, evenAh), 16);
      v128.store((p += toStep), f32x4.sub(f32x4.mul(gaa, w2), evenA));
      v128.store(p, f32x4.sub(f32x4.mul(gaa, w2h), evenAh), 16);
      v128.store((p += toStep), madd(gbb, w2, evenB));
      v128.store(p, madd(gbb, w2h, evenBh), 16);
      v128.store((p += toStep), f32x4.sub(f32x4.mul(gbb, w2), evenB));
      v128.store(p, f32x4.sub(f32x4.mul(gbb, w2h), evenBh), 16);
      v128.store((p += toStep), w2);
      v128.store(p, w2h, 16);
      v128.store(p + toStep, w1);
      v128.store(p + toStep, w1h, 16);
    }
  if (pairs < bytes)
    tapLines(from + pairs, fromLine, fromStep, to + pairs, toLine, toStep, lines, bytes - pairs);
}

/** For the weights' gradient, A dy: four numbers to nine positions. */
export function feedPairs(
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
      v128.store(p, madd(a, oddA, evenA));
      v128.store(p, madd(a, oddAh, evenAh), 16);
      v128.store((p += toStep), madd(na, oddA, evenA));
      v128.store(p, madd(na, oddAh, evenAh), 16);
      v128.store((p += toStep), madd(b, oddB, evenB));
      v128.store(p, madd(b, oddBh, evenBh), 16);
      v128.store((p += toStep), madd(nb, oddB, evenB));
      v128.store(p, madd(nb, oddBh, evenBh), 16);
      v128.store((p += toStep), y3);
      v128.store(p, y3h, 16);
      v128.store((p += toStep), y0);
      v128.store(p, y0h, 16);
      v128.store((p += toStep), y1);
      v128.store(p, y1h, 16);
      v128.store((p += toStep), y2);
      v128.store(p, y2h, 16);
      v128.store(p + toStep, y3);
      v128.store(p + toStep, y3h, 16);
    }
  if (pairs < bytes)
    feedLines(from + pairs, fromLine, fromStep, to + pairs, toLine, toStep, lines, bytes - pairs);
}

/** G^T m: six to three taps. */
export function tapGradientPairs(
  from: usize,
  fromLine: usize,
  fromStep: usize,
  to: usize,
  toLine: usize,
  toStep: usize,
  lines: u32,
  bytes: usize,
): void {
  const ga = v128.load_splat<f32>(CONSTANTS, 48);
  const gaa = v128.load_splat<f32>(CONSTANTS, 52);
  const gb = v128.load_splat<f32>(CONSTANTS, 56);
  const gbb = v128.load_splat<f32>(CONSTANTS, 60);
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
      const r0 = v128.load(p + fromStep);
      const r0h = v128.load(p + fromStep, 16);
      const firstA = f32x4.mul(ga, f32x4.sub(m0, m1));
      const firstAh = f32x4.mul(ga, f32x4.sub(m0h, m1h));
      const lastA = madd(gaa, f32x4.add(m0, m1), m4);
      const lastAh = madd(gaa, f32x4.add(m0h, m1h), m4h);
      p = target + at;
      v128.store(p, madd(gb, f32x4.sub(m2, m3), firstA));
      v128.store(p, madd(gb, f32x4.sub(m2h, m3h), firstAh), 16);
      v128.store((p += toStep), r0);
      v128.store(p, r0h, 16);
      v128.store(p + toStep, madd(gbb, f32x4.add(m2, m3), lastA));
      v128.store(p + toStep, madd(gbb, f32x4.add(m2h, m3h), lastAh), 16);
    }
  if (pairs < bytes)
    tapGradientLines(from + pairs, fromLine, fromStep, to + pairs, toLine, toStep, lines, bytes - pairs);
}
