import { padded } from "./convolve";
import { storeLanes } from "./lanes";
import { packFour } from "./pack";
import { ROW } from "./strideTile";
import { dataLines, outputLines, PLANES, RUN, TILE, tilesAlong, WINDOW, weightLines } from "./winograd";

// Between tensors and the 36 planes of Winograd's products, for a 3x3 convolution, or (`flipped`) for its gradient with
// respect to the input: the convolution of dy by the weights turned round, with inputs and outputs exchanged. Arguments
// are conv2d's or conv2dInputGrad's.

/** Bytes of working memory of the transforms: 6 x 4 runs between two axes, 4 x 4 runs of a tile that overhangs. */
export const STEPS: usize = RUN * 40;

export function inputs(args: usize, flipped: bool): u32 {
  return load<u32>(args + (flipped ? 32 : 28));
}

export function outputs(args: usize, flipped: bool): u32 {
  return load<u32>(args + (flipped ? 28 : 32));
}

export function high(args: usize, flipped: bool): u32 {
  return load<u32>(args + (flipped ? 20 : 44));
}

export function wide(args: usize, flipped: bool): u32 {
  return load<u32>(args + (flipped ? 24 : 48));
}

export function tilesOf(args: usize, flipped: bool): u32 {
  return load<u32>(args, 16) * tilesAlong(high(args, flipped)) * tilesAlong(wide(args, flipped));
}

/** Eight outputs' weights: G w G^T for all inputs, to [36][C][8]. Zeros beyond the last output. */
export function transformPanel(
  args: usize,
  flipped: bool,
  first: u32,
  steps: usize,
  to: usize,
  plane: usize,
): void {
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
    for (let tap: u32 = 0; tap < 9; tap++) {
      const source = from + c * inputStep + tap * tapStep;
      const target = steps + tap * RUN;
      if (count < 8) {
        for (let i: u32 = 0; i < channels * 8; i++) {
          const o = i & 7;
          const at = source + (i >> 3) * inputStep + o * outputStep;
          store<f32>(target + (i << 2), o < count ? load<f32>(at) : 0);
        }
      } else if (flipped) {
        for (let i: u32 = 0; i < channels; i++) {
          v128.store(target + (i << 5), v128.load(source + i * inputStep));
          v128.store(target + (i << 5), v128.load(source + i * inputStep, 16), 16);
        }
      } else {
        packFour(source, outputStep, channels, target);
        packFour(source + 4 * outputStep, outputStep, channels, target + 16);
      }
    }
    weightLines(steps, RUN, 3 * RUN, columns, RUN, 3 * RUN, 3, bytes);
    weightLines(columns, 3 * RUN, RUN, to + ((<usize>c) << 5), WINDOW * plane, plane, WINDOW, bytes);
  }
}

/** B^T x B of `count` tiles from `first` on, to [36][tiles][C]. */
export function gather(
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

/** A^T m A of `count` tiles from `first` on, from [36][tiles][channels] to the pixels' channels o0 and on. */
export function scatter(
  args: usize,
  flipped: bool,
  first: u32,
  count: u32,
  o0: u32,
  channels: u32,
  steps: usize,
  sums: usize,
  row: usize,
  plane: usize,
): void {
  const y = load<usize>(args, 8) + ((<usize>o0) << 2);
  const OH = high(args, flipped);
  const OW = wide(args, flipped);
  const pixel = (<usize>outputs(args, flipped)) << 2;
  const width = (<usize>channels) << 2;
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
    for (let c: usize = 0; c < width; c += RUN, to += RUN) {
      const bytes = min(width - c, RUN);
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

/** Bytes of one padded line of windows of a block of tiles. */
export function haloBytes(args: usize, flipped: bool, block: u32): usize {
  const columns = min(block, tilesAlong(wide(args, flipped))) * TILE + WINDOW - TILE;
  return (((<usize>(WINDOW * columns * inputs(args, flipped))) << 2) + 127) & ~63;
}

/** Runs of 64 channels of the data: [runs][36][tiles][ROW]. */
export function runs(args: usize, flipped: bool): usize {
  return (inputs(args, flipped) + 63) / 64;
}
