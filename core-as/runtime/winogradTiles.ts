import { padded } from "./convolve";
import { barrier } from "./engine";
import { storeLanes } from "./lanes";
import { share } from "./share";
import { ROW, strideTile } from "./strideTile";
import {
  dataLines,
  outputLines,
  PLANES,
  planeBytes,
  RUN,
  TILE,
  tilesAlong,
  WINDOW,
  weightLines,
} from "./winograd";

// A 3x3 convolution, or (`flipped`) its gradient with respect to the input: the convolution of dy by the weights turned
// round with inputs and outputs exchanged. Arguments are conv2d's or conv2dInputGrad's.
//
// Weights are transformed once, by all threads, into panels of eight outputs, [36][O / 8][C][8]. Then each thread takes
// blocks of tiles through everything while they are in the second cache: windows of a padded line to data
// [C / 64][36][tiles][64 and a gap] (strideTile.ts), 36 products to sums [36][tiles][O], and back to pixels.

/** Tiles of a block, at most: four times the products' rows. 12 to 96, by channels, were within 5 % of it. */
const BLOCK: u32 = 24;
const ROWS: u32 = 6;

/** Working memory of the transforms: 6 x 4 runs between two axes, 4 x 4 runs of a tile that overhangs. */
const STEPS: usize = RUN * 40;

function inputs(args: usize, flipped: bool): u32 {
  return load<u32>(args + (flipped ? 32 : 28));
}

function outputs(args: usize, flipped: bool): u32 {
  return load<u32>(args + (flipped ? 28 : 32));
}

function high(args: usize, flipped: bool): u32 {
  return load<u32>(args + (flipped ? 20 : 44));
}

function wide(args: usize, flipped: bool): u32 {
  return load<u32>(args + (flipped ? 24 : 48));
}

/** Runs of 64 channels. */
function runs(C: u32): usize {
  return (C + 63) / 64;
}

/** Bytes of a row of sums, in whole panels. */
function sumsRow(O: u32): usize {
  return (<usize>((O + 7) & ~7)) << 2;
}

function tilesOf(args: usize, flipped: bool): u32 {
  return load<u32>(args, 16) * tilesAlong(high(args, flipped)) * tilesAlong(wide(args, flipped));
}

/** Tiles of a block: whole rows of the products' tile, and fewer where threads would have none. */
function blockOf(args: usize, flipped: bool, threads: u32): u32 {
  const each = min(BLOCK, (tilesOf(args, flipped) + threads - 1) / threads);
  return ((each + ROWS - 1) / ROWS) * ROWS;
}

function weightPlane(args: usize, flipped: bool): usize {
  return planeBytes(inputs(args, flipped) * sumsRow(outputs(args, flipped)));
}

function haloBytes(args: usize, flipped: bool, block: u32): usize {
  const columns = min(block, tilesAlong(wide(args, flipped))) * TILE + WINDOW - TILE;
  return (((<usize>(WINDOW * columns * inputs(args, flipped))) << 2) + 127) & ~63;
}

function privateBytes(args: usize, flipped: bool, threads: u32): usize {
  const block = blockOf(args, flipped, threads);
  const data = runs(inputs(args, flipped)) * planeBytes(block * ROW);
  const sums = planeBytes(block * sumsRow(outputs(args, flipped)));
  return STEPS + haloBytes(args, flipped, block) + PLANES * (data + sums);
}

export function winogradScratch(args: usize, flipped: bool, threads: u32): usize {
  return PLANES * weightPlane(args, flipped) + privateBytes(args, flipped, threads) * threads;
}

export function winograd(args: usize, flipped: bool, thread: u32, threads: u32): void {
  const scratch = load<usize>(args, 12);
  const C = inputs(args, flipped);
  const O = outputs(args, flipped);
  const plane = weightPlane(args, flipped);
  const steps = scratch + PLANES * plane + privateBytes(args, flipped, threads) * thread;
  const panels = (O + 7) / 8;
  const end = share(panels, 1, thread + 1, threads);
  for (let panel = share(panels, 1, thread, threads); panel < end; panel++)
    transformPanel(args, flipped, panel * 8, steps, scratch + ((<usize>panel * C) << 5), plane);
  barrier(threads); // every thread reads all weights

  const block = blockOf(args, flipped, threads);
  const rowO = sumsRow(O);
  const dataPlane = planeBytes(block * ROW);
  const runStep = PLANES * dataPlane;
  const sumsPlane = planeBytes(block * rowO);
  const halo = steps + STEPS;
  const data = halo + haloBytes(args, flipped, block);
  const sums = data + runs(C) * runStep;
  const tiles = tilesOf(args, flipped);
  const last = share(tiles, block, thread + 1, threads);
  for (let first = share(tiles, block, thread, threads); first < last; first += block) {
    const count = min(block, last - first);
    const rows = ((count + ROWS - 1) / ROWS) * ROWS; // those beyond are computed and not used
    gather(args, flipped, first, count, steps, halo, data, dataPlane);
    for (let p: u32 = 0; p < PLANES; p++)
      for (let r: u32 = 0; r < rows; r += ROWS)
        for (let panel: u32 = 0; panel < panels; panel++)
          strideTile(
            data + p * dataPlane + r * ROW,
            runStep,
            C,
            scratch + p * plane + ((<usize>panel * C) << 5),
            sums + p * sumsPlane + r * rowO + (panel << 5),
            rowO,
          );
    scatter(args, flipped, first, count, steps, sums, rowO, sumsPlane);
  }
}

/** Eight outputs' weights: G w G^T for all inputs, to [36][C][8]. Zeros beyond the last output. */
function transformPanel(args: usize, flipped: bool, first: u32, steps: usize, to: usize, plane: usize): void {
  const pixel = (<usize>load<u32>(args, 28)) << 2; // weights are [O, 3, 3, C] of the forward pass
  const inputStep = flipped ? 9 * pixel : 4;
  const outputStep = flipped ? 4 : 9 * pixel;
  const tapStep = flipped ? 0 - pixel : pixel;
  const from = load<usize>(args, 4) + first * outputStep + (flipped ? 8 * pixel : 0);
  const C = inputs(args, flipped);
  const count = min(outputs(args, flipped) - first, 8);
  const columns = steps + 9 * RUN;
  for (let c: u32 = 0; c < C; c += 8) {
    const channels = min(C - c, 8);
    const bytes = (<usize>channels) << 5;
    for (let tap: u32 = 0; tap < 9; tap++)
      for (let i: u32 = 0; i < channels; i++) {
        const source = from + (c + i) * inputStep + tap * tapStep;
        const target = steps + tap * RUN + (i << 5);
        for (let o: u32 = 0; o < 8; o++)
          store<f32>(target + (o << 2), o < count ? load<f32>(source + o * outputStep) : 0);
      }
    weightLines(steps, RUN, 3 * RUN, columns, RUN, 3 * RUN, 3, bytes);
    weightLines(columns, 3 * RUN, RUN, to + ((<usize>c) << 5), WINDOW * plane, plane, WINDOW, bytes);
  }
}

/** B^T x B of `count` tiles from `first` on, to [36][tiles][C]. */
function gather(
  args: usize,
  flipped: bool,
  first: u32,
  count: u32,
  steps: usize,
  halo: usize,
  data: usize,
  plane: usize,
): void {
  const x = load<usize>(args);
  const H = load<u32>(args + (flipped ? 44 : 20));
  const W = load<u32>(args + (flipped ? 48 : 24));
  const C = inputs(args, flipped);
  const padding = flipped ? 2 - load<i32>(args, 56) : load<i32>(args, 56);
  const linesOfTiles = tilesAlong(high(args, flipped));
  const lineOfTiles = tilesAlong(wide(args, flipped));
  while (count) {
    const line = first / lineOfTiles;
    const column = first % lineOfTiles;
    const tiles = min(lineOfTiles - column, count);
    const n = line / linesOfTiles;
    const h = <i32>((line % linesOfTiles) * TILE) - padding;
    const w = <i32>(column * TILE) - padding;
    const columns = tiles * TILE + WINDOW - TILE;
    padded(x + ((<usize>(n * H * W) * C) << 2), H, W, C, h, w, halo, WINDOW, columns, C);
    const pixel = (<usize>C) << 2;
    transformLine(halo, pixel, columns * pixel, tiles, steps, data, ROW, pixel, plane, PLANES * plane);
    data += tiles * ROW;
    first += tiles;
    count -= tiles;
  }
}

/** B^T x B of the tiles of one padded line of windows. */
export function transformLine(
  halo: usize,
  pixel: usize,
  line: usize,
  tiles: u32,
  steps: usize,
  data: usize,
  row: usize,
  channels: usize,
  plane: usize,
  runStep: usize,
): void {
  for (; tiles; tiles--, halo += TILE * pixel, data += row)
    for (let c: usize = 0, to = data; c < channels; c += RUN, to += runStep) {
      const bytes = min(channels - c, RUN);
      dataLines(halo + c, pixel, line, steps, RUN, WINDOW * RUN, WINDOW, bytes);
      dataLines(steps, WINDOW * RUN, RUN, to, WINDOW * plane, plane, WINDOW, bytes);
    }
}

/** A^T m A of `count` tiles from `first` on, from [36][tiles][O] to pixels. */
function scatter(
  args: usize,
  flipped: bool,
  first: u32,
  count: u32,
  steps: usize,
  sums: usize,
  row: usize,
  plane: usize,
): void {
  const y = load<usize>(args, 8);
  const OH = high(args, flipped);
  const OW = wide(args, flipped);
  const O = outputs(args, flipped);
  const pixel = (<usize>O) << 2;
  const linesOfTiles = tilesAlong(OH);
  const lineOfTiles = tilesAlong(OW);
  const aside = steps + 24 * RUN;
  for (; count; count--, first++, sums += row) {
    const line = first / lineOfTiles;
    const oh = (line % linesOfTiles) * TILE;
    const ow = (first % lineOfTiles) * TILE;
    const rows = min(OH - oh, TILE);
    const columns = min(OW - ow, TILE);
    let to = y + <usize>(((line / linesOfTiles) * OH + oh) * OW + ow) * pixel;
    for (let c: usize = 0; c < pixel; c += RUN, to += RUN) {
      const bytes = min(pixel - c, RUN);
      outputLines(sums + c, plane, WINDOW * plane, steps, RUN, WINDOW * RUN, WINDOW, bytes);
      if (columns == TILE && (bytes & 15) == 0)
        outputLines(steps, WINDOW * RUN, RUN, to, OW * pixel, pixel, rows, bytes);
      else {
        outputLines(steps, WINDOW * RUN, RUN, aside, TILE * RUN, RUN, rows, bytes);
        for (let r: u32 = 0; r < rows; r++)
          for (let k: u32 = 0; k < columns; k++) {
            const source = aside + (r * TILE + k) * RUN;
            const target = to + (r * OW + k) * pixel;
            for (let at: usize = 0; at < bytes; at += 16)
              storeLanes(target + at, v128.load(source + at), <u32>((bytes - at) >> 2));
          }
      }
    }
  }
}
