import { padded } from "./convolve";
import { finish } from "./epilogue";
import { storeLanes } from "./lanes";
import { packFour } from "./pack";
import { ROW } from "./strideTile";
import { dataLines, outputLines, RUN, weightLines } from "./winograd";
import {
  advance,
  along,
  BACK,
  extent,
  high,
  inputs,
  outputs,
  paddingOf,
  planes,
  positions,
  STRIDED,
  wide,
  window,
} from "./winogradKind";
import { pixelLines, resultLines, sampleLines, spreadLines, tapLines, WEIGHTS } from "./winogradStrided";

// Between tensors and the planes of Winograd's products: weights, windows of the input, tiles of the output.

/** Eight outputs' weights: G w G^T for all inputs, to [36][C][8]. Zeros beyond the last output. */
export function transformPanel(
  args: usize,
  kind: u32,
  first: u32,
  steps: usize,
  to: usize,
  plane: usize,
): void {
  const pixel = (<usize>load<u32>(args, 28)) << 2; // weights are [O, 3, 3, C] of the forward pass
  const back = (kind & BACK) != 0;
  const inputStep = back ? 9 * pixel : 4;
  const outputStep = back ? 4 : 9 * pixel;
  const tapStep = back ? 0 - pixel : pixel;
  const from = load<usize>(args, 4) + first * outputStep + (back ? 8 * pixel : 0);
  const C = inputs(args, kind);
  const count = min(outputs(args, kind) - first, 8);
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
      } else if (back) {
        for (let i: u32 = 0; i < channels; i++) {
          v128.store(target + (i << 5), v128.load(source + i * inputStep));
          v128.store(target + (i << 5), v128.load(source + i * inputStep, 16), 16);
        }
      } else {
        packFour(source, outputStep, channels, target);
        packFour(source + 4 * outputStep, outputStep, channels, target + 16);
      }
    }
    const target = to + ((<usize>c) << 5);
    if (kind & STRIDED) {
      tapLines(steps, RUN, 3 * RUN, columns, RUN, 3 * RUN, 3, bytes);
      tapLines(columns, 3 * RUN, RUN, target, WEIGHTS * plane, plane, WEIGHTS, bytes);
    } else {
      weightLines(steps, RUN, 3 * RUN, columns, RUN, 3 * RUN, 3, bytes);
      weightLines(columns, 3 * RUN, RUN, target, WEIGHTS * plane, plane, WEIGHTS, bytes);
    }
  }
}

/** B^T x B of `count` tiles from `first` on, to [runs][planes][tiles][ROW]. */
export function gather(
  args: usize,
  kind: u32,
  first: u32,
  count: u32,
  steps: usize,
  halo: usize,
  data: usize,
  plane: usize,
): void {
  const x = load<usize>(args);
  const H = load<u32>(args + (kind & BACK ? 44 : 20));
  const W = load<u32>(args + (kind & BACK ? 48 : 24));
  const C = inputs(args, kind);
  const padding = paddingOf(args, kind);
  const linesOfTiles = along(high(args, kind), kind);
  const lineOfTiles = along(wide(args, kind), kind);
  while (count) {
    const line = first / lineOfTiles;
    const column = first % lineOfTiles;
    const tiles = min(lineOfTiles - column, count);
    const n = line / linesOfTiles;
    const h = <i32>((line % linesOfTiles) * advance(kind)) - padding;
    const w = <i32>(column * advance(kind)) - padding;
    const columns = (tiles - 1) * advance(kind) + window(kind);
    padded(x + ((<usize>(n * H * W) * C) << 2), H, W, C, h, w, halo, window(kind), columns, C);
    const pixel = (<usize>C) << 2;
    transformLine(
      kind,
      halo,
      pixel,
      columns * pixel,
      tiles,
      steps,
      data,
      ROW,
      pixel,
      plane,
      planes(kind) * plane,
    );
    data += tiles * ROW;
    first += tiles;
    count -= tiles;
  }
}

/** B^T x B of the tiles of one padded line of windows. */
function transformLine(
  kind: u32,
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
  const P = positions(kind);
  for (; tiles; tiles--, halo += advance(kind) * pixel, data += row)
    for (let c: usize = 0, to = data; c < channels; c += RUN, to += runStep) {
      const bytes = min(channels - c, RUN);
      alongAxis(kind, halo + c, pixel, line, steps, RUN, window(kind) * RUN, window(kind), bytes);
      alongAxis(kind, steps, window(kind) * RUN, RUN, to, P * plane, plane, P, bytes);
    }
}

/** Windows to positions along one axis. */
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
  if (kind == STRIDED) sampleLines(from, fromLine, fromStep, to, toLine, toStep, lines, bytes);
  else if (kind & STRIDED) spreadLines(from, fromLine, fromStep, to, toLine, toStep, lines, bytes);
  else dataLines(from, fromLine, fromStep, to, toLine, toStep, lines, bytes);
}

/** Positions to outputs along one axis. */
function backAlongAxis(
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
  if (kind == STRIDED) resultLines(from, fromLine, fromStep, to, toLine, toStep, lines, bytes);
  else if (kind & STRIDED) pixelLines(from, fromLine, fromStep, to, toLine, toStep, lines, bytes);
  else outputLines(from, fromLine, fromStep, to, toLine, toStep, lines, bytes);
}

/** A^T m A of `count` tiles from `first` on, from [planes][tiles][channels] to the pixels' channels o0 and on. */
export function scatter(
  args: usize,
  kind: u32,
  first: u32,
  count: u32,
  o0: u32,
  channels: u32,
  steps: usize,
  sums: usize,
  row: usize,
  plane: usize,
  epilogue: usize,
): void {
  const y = load<usize>(args, 8) + ((<usize>o0) << 2);
  const OH = high(args, kind);
  const OW = wide(args, kind);
  const pixel = (<usize>outputs(args, kind)) << 2;
  const width = (<usize>channels) << 2;
  const linesOfTiles = along(OH, kind);
  const lineOfTiles = along(OW, kind);
  const P = positions(kind);
  const tile = extent(kind);
  const aside = steps + P * tile * RUN;
  for (; count; count--, first++, sums += row) {
    const line = first / lineOfTiles;
    const oh = (line % linesOfTiles) * tile;
    const ow = (first % lineOfTiles) * tile;
    const rows = min(OH - oh, tile);
    const columns = min(OW - ow, tile);
    let to = y + <usize>(((line / linesOfTiles) * OH + oh) * OW + ow) * pixel;
    for (let c: usize = 0; c < width; c += RUN, to += RUN) {
      const bytes = min(width - c, RUN);
      backAlongAxis(kind, sums + c, plane, P * plane, steps, RUN, P * RUN, P, bytes);
      if (!epilogue && columns == tile && (bytes & 15) == 0)
        backAlongAxis(kind, steps, P * RUN, RUN, to, OW * pixel, pixel, rows, bytes);
      else {
        backAlongAxis(kind, steps, P * RUN, RUN, aside, tile * RUN, RUN, rows, bytes);
        for (let r: u32 = 0; r < rows; r++)
          for (let k: u32 = 0; k < columns; k++) {
            const source = aside + (r * tile + k) * RUN;
            const target = to + (r * OW + k) * pixel;
            if (epilogue) finish(epilogue, source, target, ((<usize>o0) << 2) + c, bytes);
            else
              for (let at: usize = 0; at < bytes; at += 16)
                storeLanes(target + at, v128.load(source + at), <u32>((bytes - at) >> 2));
          }
      }
    }
  }
}
