import { padded } from "./convolve";
import { storeLanes } from "./lanes";
import { outerTile } from "./outerTile";
import { moreOuterTile16, outerTile16 } from "./outerTile16";
import { share } from "./share";
import { ROW } from "./strideTile";
import { COLUMNS, ROWS } from "./tile";
import { wide } from "./wide";
import {
  gradientLines,
  PLANES,
  planeBytes,
  RUN,
  TILE,
  tilesAlong,
  WINDOW,
  weightGradientLines,
} from "./winograd";
import { haloBytes, planes, positions, runs, STEPS, STRIDED, shares, weightsOf } from "./winogradKind";
import { gather } from "./winogradPlanes";
import { feedLines, tapGradientLines, WEIGHTS } from "./winogradStrided";

// The gradient of a 3x3 convolution's weights, at stride 1 or 2: G^T [ sum over tiles of (B^T x B) * (A dy A^T) ] G.
// Arguments are conv2dWeightGrad's.
//
// One thread sums a split's tiles for some outputs, block by block: windows of x to data [C / 64][planes][tiles][64 and a gap],
// tiles of dy to gradients [planes][tiles][O], and then, for as many outputs as leave room in the second cache, 36 products over the
// block's tiles, back to nine taps, added to dw. So errors of long sums do not pile up before G, which would enlarge them.
// Blocks depend on shapes alone; how outputs are divided does not touch what is added to what.

/** Bytes of data and gradients of a block, about, and the fewest tiles: enough for each use of G. */
const BLOCK: u32 = 884736;
const LEAST: u32 = 32;
/** Bytes of the 36 products of a few outputs, about. */
const SUMS: u32 = 262144;

function kindOf(args: usize): u32 {
  return load<u32>(args, 52) == 2 ? STRIDED : 0;
}

/** Outputs that one item of work covers: with few splits they are divided among threads. */
function outputsOf(args: usize, threads: u32): u32 {
  const O = load<u32>(args, 32);
  const splits = load<u32>(args, 68);
  if (splits >= 4 * threads) return O;
  let parts = 1;
  while ((splits * parts) % threads) parts++;
  return min(O, (((O + parts - 1) / parts + ROWS - 1) / ROWS) * ROWS);
}

function imagesOf(args: usize): u32 {
  const splits = load<u32>(args, 68);
  return (load<u32>(args, 16) + splits - 1) / splits;
}

function tilesOf(args: usize): u32 {
  return imagesOf(args) * tilesAlong(load<u32>(args, 44)) * tilesAlong(load<u32>(args, 48));
}

function blockOf(args: usize): u32 {
  const kind = kindOf(args);
  const tile = planes(kind) * <u32>(runs(args, kind) * ROW + rowBytes(load<u32>(args, 32)));
  const tiles = tilesOf(args);
  const blocks = (tiles - 1) / max(LEAST, BLOCK / tile) + 1;
  return (tiles + blocks - 1) / blocks;
}

/** Outputs whose products are held at a time. */
function chunkOf(C: u32, outputs: u32): u32 {
  const fitting = max<u32>(2, SUMS / (PLANES * 4 * ROWS * C));
  return min(fitting * ROWS, ((outputs + ROWS - 1) / ROWS) * ROWS);
}

/** Bytes of a row of numbers and of one that a tile may overrun. */
function rowBytes(count: u32): usize {
  return planeBytes((<usize>(count + COLUMNS - 1)) << 2);
}

/** Bytes of a line of tiles of dy. */
function gradientHalo(args: usize, outputs: u32): usize {
  const columns = min(blockOf(args), tilesAlong(load<u32>(args, 48))) * TILE;
  return (((<usize>(TILE * columns * outputs)) << 2) + 127) & ~63;
}

function privateBytes(args: usize, threads: u32): usize {
  const kind = kindOf(args);
  const C = load<u32>(args, 28);
  const outputs = outputsOf(args, threads);
  const block = blockOf(args);
  const data = runs(args, kind) * planeBytes(block * ROW) + planeBytes(block * rowBytes(outputs));
  const sums = PLANES * planeBytes(chunkOf(C, outputs) * rowBytes(C));
  return STEPS + haloBytes(args, kind, block) + gradientHalo(args, outputs) + planes(kind) * data + sums;
}

export function winogradWeightsScratch(args: usize, threads: u32): usize {
  return privateBytes(args, threads) * threads;
}

export function winogradWeights(args: usize, thread: u32, threads: u32): void {
  const dw = load<usize>(args, 8);
  const N = load<u32>(args, 16);
  const C = load<u32>(args, 28);
  const O = load<u32>(args, 32);
  const OH = load<u32>(args, 44);
  const OW = load<u32>(args, 48);
  const splits = load<u32>(args, 68);
  const outputs = outputsOf(args, threads);
  const block = blockOf(args);
  const kind = kindOf(args);
  const rowO = rowBytes(outputs);
  const dataPlane = planeBytes(block * ROW);
  const gradientPlane = planeBytes(block * rowO);
  const steps = load<usize>(args, 12) + privateBytes(args, threads) * thread;
  const halo = steps + STEPS;
  const line = halo + haloBytes(args, kind, block);
  const data = line + gradientHalo(args, outputs);
  const gradients = data + runs(args, kind) * planes(kind) * dataPlane;
  const sums = gradients + planes(kind) * gradientPlane;

  const perImage = tilesAlong(OH) * tilesAlong(OW);
  const images = imagesOf(args);
  const parts = (O + outputs - 1) / outputs;
  const last = share(splits * parts, 1, thread + 1, threads);
  for (let item = share(splits * parts, 1, thread, threads); item < last; item++) {
    const o0 = (item % parts) * outputs;
    const count = min(O - o0, outputs);
    const split = item / parts;
    const to = dw + ((<usize>((split * O + o0) * 9 * C)) << 2);
    memory.fill(to, 0, (<usize>(count * 9 * C)) << 2);
    const end = min(N, (split + 1) * images) * perImage;
    for (let first = split * images * perImage; first < end; first += block) {
      const tiles = min(block, end - first);
      gather(args, kind, first, tiles, steps, halo, data, dataPlane);
      gatherGradients(args, kind, first, tiles, o0, count, steps, line, gradients, rowO, gradientPlane);
      multiply(kind, steps, sums, data, dataPlane, gradients, rowO, gradientPlane, tiles, C, count, to);
    }
  }
}

/** A dy A^T of `count` tiles from `first` on, of outputs o0 and on. */
function gatherGradients(
  args: usize,
  kind: u32,
  first: u32,
  count: u32,
  o0: u32,
  outputs: u32,
  steps: usize,
  halo: usize,
  to: usize,
  row: usize,
  plane: usize,
): void {
  const dy = load<usize>(args, 4) + ((<usize>o0) << 2);
  const O = load<u32>(args, 32);
  const OH = load<u32>(args, 44);
  const OW = load<u32>(args, 48);
  const linesOfTiles = tilesAlong(OH);
  const lineOfTiles = tilesAlong(OW);
  const width = (<usize>outputs) << 2;
  const P = positions(kind);
  while (count) {
    const line = first / lineOfTiles;
    const column = first % lineOfTiles;
    const tiles = min(lineOfTiles - column, count);
    const columns = tiles * TILE;
    const from = dy + ((<usize>((line / linesOfTiles) * OH * OW * O)) << 2);
    padded(from, OH, OW, O, (line % linesOfTiles) * TILE, column * TILE, halo, TILE, columns, outputs);
    for (let t: u32 = 0; t < tiles; t++, to += row)
      for (let o: usize = 0; o < width; o += RUN) {
        const at = halo + t * TILE * width + o;
        const bytes = min(width - o, RUN);
        alongAxis(kind, at, width, columns * width, steps, RUN, TILE * RUN, TILE, bytes);
        alongAxis(kind, steps, TILE * RUN, RUN, to + o, P * plane, plane, P, bytes);
      }
    first += tiles;
    count -= tiles;
  }
}

/** Four numbers of dy to positions along one axis. */
function alongAxis(
  kind: u32,
  from: usize,
  fromLine: usize,
  fromStep: usize,
  to: usize,
  toLine: usize,
  toStep: usize,
  lines: u32,
  bytes: usize,
): void {
  if (kind & STRIDED) feedLines(from, fromLine, fromStep, to, toLine, toStep, lines, bytes);
  else gradientLines(from, fromLine, fromStep, to, toLine, toStep, lines, bytes);
}

/** Adds a block's products, brought back to nine taps, to dw [outputs, 3, 3, C]. */
function multiply(
  kind: u32,
  steps: usize,
  sums: usize,
  data: usize,
  dataPlane: usize,
  gradients: usize,
  rowO: usize,
  gradientPlane: usize,
  tiles: u32,
  C: u32,
  outputs: u32,
  dw: usize,
): void {
  const rowC = rowBytes(C);
  const chunk = chunkOf(C, outputs);
  const plane = planeBytes(chunk * rowC);
  for (let o0: u32 = 0; o0 < outputs; o0 += chunk) {
    const count = min(chunk, outputs - o0);
    for (let p: u32 = 0; p < planes(kind); p++)
      for (let o: u32 = 0; o < count; o += ROWS) {
        const a = gradients + p * gradientPlane + ((<usize>(o0 + o)) << 2);
        const y = sums + weightsOf(kind, p) * plane + o * rowC;
        const more = shares(kind, p);
        let c: u32 = 0;
        if (wide())
          for (; c + 2 * COLUMNS <= C; c += 2 * COLUMNS) {
            const b = data + ((c >> 6) * planes(kind) + p) * dataPlane + ((<usize>(c & 63)) << 2);
            if (more) moreOuterTile16(a, rowO, b, ROW, tiles, y + ((<usize>c) << 2), rowC);
            else outerTile16(a, rowO, b, ROW, tiles, y + ((<usize>c) << 2), rowC);
          }
        for (; c < C; c += COLUMNS) {
          const b = data + ((c >> 6) * planes(kind) + p) * dataPlane + ((<usize>(c & 63)) << 2);
          outerTile(a, rowO, b, ROW, tiles, y + ((<usize>c) << 2), rowC, more);
        }
      }
    for (let o: u32 = 0; o < count; o++)
      addTaps(kind, sums + o * rowC, plane, steps, C, dw + ((<usize>((o0 + o) * 9 * C)) << 2));
  }
}

/** dw [3, 3, C] += G^T m G of one output. */
function addTaps(kind: u32, sums: usize, plane: usize, steps: usize, C: u32, dw: usize): void {
  const row = (<usize>C) << 2;
  const taps = steps + 18 * RUN;
  for (let c: usize = 0; c < row; c += RUN) {
    const bytes = min(row - c, RUN);
    if (kind & STRIDED) {
      tapGradientLines(sums + c, plane, WEIGHTS * plane, steps, RUN, WEIGHTS * RUN, WEIGHTS, bytes);
      tapGradientLines(steps, WEIGHTS * RUN, RUN, taps, 3 * RUN, RUN, 3, bytes);
    } else {
      weightGradientLines(sums + c, plane, WINDOW * plane, steps, RUN, WINDOW * RUN, WINDOW, bytes);
      weightGradientLines(steps, WINDOW * RUN, RUN, taps, 3 * RUN, RUN, 3, bytes);
    }
    for (let tap: u32 = 0; tap < 9; tap++)
      for (let at: usize = 0; at < bytes; at += 16) {
        const to = dw + tap * row + c + at;
        const sum = f32x4.add(v128.load(to), v128.load(taps + tap * RUN + at));
        storeLanes(to, sum, <u32>((bytes - at) >> 2));
      }
  }
}
