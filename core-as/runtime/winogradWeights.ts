import { padded } from "./convolve";
import { storeLanes } from "./lanes";
import { outerTile } from "./outerTile";
import { share } from "./share";
import { COLUMNS, ROWS } from "./tile";
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
import { transformLine } from "./winogradPlanes";

// The gradient of a 3x3 convolution's weights: G^T [ sum over tiles of (B^T x B) * (A dy A^T) ] G. Arguments are
// conv2dWeightGrad's.
//
// One thread sums a split's tiles for some outputs, block by block: windows of x to data [36][tiles][C], tiles of dy to
// gradients [36][tiles][O], and then, for as many outputs as leave room in the second cache, 36 products over the
// block's tiles, back to nine taps, added to dw. So errors of long sums do not pile up before G, which would enlarge them.
// Blocks depend on shapes alone; how outputs are divided does not touch what is added to what.

/** Bytes of data and gradients of a block, about, and how many tiles it has: enough for each use of G. */
const BLOCK: u32 = 884736;
const LEAST: u32 = 32;
const MOST: u32 = 96;
/** Bytes of the 36 products of a few outputs, about. */
const SUMS: u32 = 262144;

/** Working memory of the transforms: 6 x 6 runs. */
const STEPS: usize = RUN * 36;

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
  const most = BLOCK / (PLANES * 4 * (load<u32>(args, 28) + load<u32>(args, 32)));
  const tiles = tilesOf(args);
  const blocks = (tiles - 1) / min(MOST, max(LEAST, most)) + 1;
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

function haloBytes(pixels: u32, channels: u32): usize {
  return (((<usize>(pixels * channels)) << 2) + 127) & ~63;
}

function columnsOf(args: usize): u32 {
  return min(blockOf(args), tilesAlong(load<u32>(args, 48))) * TILE;
}

function privateBytes(args: usize, threads: u32): usize {
  const C = load<u32>(args, 28);
  const outputs = outputsOf(args, threads);
  const columns = columnsOf(args);
  const halos = haloBytes(WINDOW * (columns + 2), C) + haloBytes(TILE * columns, outputs);
  const planes =
    planeBytes(blockOf(args) * rowBytes(C)) +
    planeBytes(blockOf(args) * rowBytes(outputs)) +
    planeBytes(chunkOf(C, outputs) * rowBytes(C));
  return STEPS + halos + PLANES * planes;
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
  const rowC = rowBytes(C);
  const rowO = rowBytes(outputs);
  const dataPlane = planeBytes(block * rowC);
  const gradientPlane = planeBytes(block * rowO);
  const steps = load<usize>(args, 12) + privateBytes(args, threads) * thread;
  const halo = steps + STEPS;
  const gradientHalo = halo + haloBytes(WINDOW * (columnsOf(args) + 2), C);
  const data = gradientHalo + haloBytes(TILE * columnsOf(args), outputs);
  const gradients = data + PLANES * dataPlane;
  const sums = gradients + PLANES * gradientPlane;

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
      gather(args, first, tiles, o0, count, steps, halo, data, rowC, gradientHalo, gradients, rowO, block);
      multiply(steps, sums, data, rowC, gradients, rowO, tiles, block, C, count, to);
    }
  }
}

/** B^T x B and A dy A^T of `count` tiles from `first` on, the latter for outputs o0 and on. */
function gather(
  args: usize,
  first: u32,
  count: u32,
  o0: u32,
  outputs: u32,
  steps: usize,
  halo: usize,
  data: usize,
  rowC: usize,
  gradientHalo: usize,
  gradients: usize,
  rowO: usize,
  block: u32,
): void {
  const x = load<usize>(args);
  const dy = load<usize>(args, 4);
  const H = load<u32>(args, 20);
  const W = load<u32>(args, 24);
  const C = load<u32>(args, 28);
  const O = load<u32>(args, 32);
  const OH = load<u32>(args, 44);
  const OW = load<u32>(args, 48);
  const padding = load<i32>(args, 56);
  const linesOfTiles = tilesAlong(OH);
  const lineOfTiles = tilesAlong(OW);
  const dataPlane = planeBytes(block * rowC);
  const gradientPlane = planeBytes(block * rowO);
  while (count) {
    const line = first / lineOfTiles;
    const tiles = min(lineOfTiles - (first % lineOfTiles), count);
    const n = line / linesOfTiles;
    const h = <i32>((line % linesOfTiles) * TILE);
    const w = <i32>((first % lineOfTiles) * TILE);
    const columns = tiles * TILE;
    const image = x + ((<usize>(n * H * W) * C) << 2);
    padded(image, H, W, C, h - padding, w - padding, halo, WINDOW, columns + 2, C);
    transformLine(halo, C << 2, ((columns + 2) * C) << 2, tiles, steps, data, rowC, C << 2, dataPlane, RUN);
    const from = dy + ((<usize>(n * OH * OW) * O + o0) << 2);
    padded(from, OH, OW, O, h, w, gradientHalo, TILE, columns, outputs);
    for (let t: u32 = 0; t < tiles; t++, gradients += rowO)
      for (let o: usize = 0; o < outputs << 2; o += RUN) {
        const at = gradientHalo + ((<usize>(t * TILE * outputs)) << 2) + o;
        const bytes = min(((<usize>outputs) << 2) - o, RUN);
        gradientLines(at, outputs << 2, (columns * outputs) << 2, steps, RUN, TILE * RUN, TILE, bytes);
        gradientLines(
          steps,
          TILE * RUN,
          RUN,
          gradients + o,
          WINDOW * gradientPlane,
          gradientPlane,
          WINDOW,
          bytes,
        );
      }
    data += tiles * rowC;
    first += tiles;
    count -= tiles;
  }
}

/** Adds a block's products, brought back to nine taps, to dw [outputs, 3, 3, C]. */
function multiply(
  steps: usize,
  sums: usize,
  data: usize,
  rowC: usize,
  gradients: usize,
  rowO: usize,
  tiles: u32,
  block: u32,
  C: u32,
  outputs: u32,
  dw: usize,
): void {
  const dataPlane = planeBytes(block * rowC);
  const gradientPlane = planeBytes(block * rowO);
  const chunk = chunkOf(C, outputs);
  const plane = planeBytes(chunk * rowC);
  for (let o0: u32 = 0; o0 < outputs; o0 += chunk) {
    const count = min(chunk, outputs - o0);
    for (let p: u32 = 0; p < PLANES; p++)
      for (let o: u32 = 0; o < count; o += ROWS) {
        const a = gradients + p * gradientPlane + ((<usize>(o0 + o)) << 2);
        const b = data + p * dataPlane;
        const y = sums + p * plane + o * rowC;
        for (let c: usize = 0; c < C << 2; c += 32) outerTile(a, rowO, b + c, rowC, tiles, y + c, rowC);
      }
    for (let o: u32 = 0; o < count; o++)
      addTaps(sums + o * rowC, plane, steps, C, dw + ((<usize>((o0 + o) * 9 * C)) << 2));
  }
}

/** dw [3, 3, C] += G^T m G of one output. */
function addTaps(sums: usize, plane: usize, steps: usize, C: u32, dw: usize): void {
  const row = (<usize>C) << 2;
  const taps = steps + 18 * RUN;
  for (let c: usize = 0; c < row; c += RUN) {
    const bytes = min(row - c, RUN);
    weightGradientLines(sums + c, plane, WINDOW * plane, steps, RUN, WINDOW * RUN, WINDOW, bytes);
    weightGradientLines(steps, WINDOW * RUN, RUN, taps, 3 * RUN, RUN, 3, bytes);
    for (let tap: u32 = 0; tap < 9; tap++)
      for (let at: usize = 0; at < bytes; at += 16) {
        const to = dw + tap * row + c + at;
        const sum = f32x4.add(v128.load(to), v128.load(taps + tap * RUN + at));
        storeLanes(to, sum, <u32>((bytes - at) >> 2));
      }
  }
}
