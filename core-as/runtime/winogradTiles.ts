import { barrier } from "./engine";
import { packedWeights } from "./epilogue";
import { share } from "./share";
import { ROW, strideTile } from "./strideTile";
import { strideTile16 } from "./strideTile16";
import { ROWS } from "./tile";
import { wide } from "./wide";
import { PLANES, planeBytes } from "./winograd";
import { haloBytes, inputs, outputs, planes, runs, STEPS, tilesOf, weightsOf } from "./winogradKind";
import { gather, scatter, transformPanel } from "./winogradPlanes";

// Winograd's convolution, tiles divided among threads: where weights are few.
//
// Weights are transformed once, by all threads, into panels of eight outputs, [O / 8][36][C][8]. Then each thread takes
// blocks of tiles through everything while they are in the second cache: windows of a padded line to data
// [C / 64][36][tiles][64 and a gap] (strideTile.ts), 36 products to sums [36][tiles][O], and back to pixels.

/** Tiles of a block, at most: four times the products' rows. 12 to 96, by channels, were within 5 % of it. */
const BLOCK: u32 = 24;

/** Bytes of a row of sums, in whole panels. */
function sumsRow(O: u32): usize {
  return (<usize>((O + 7) & ~7)) << 2;
}

/** Tiles of a block: whole rows of the products' tile, and fewer where threads would have none. */
function blockOf(args: usize, kind: u32, threads: u32): u32 {
  const each = min(BLOCK, (tilesOf(args, kind) + threads - 1) / threads);
  return ((each + ROWS - 1) / ROWS) * ROWS;
}

/** Bytes of a plane of a panel's weights, and of a panel. */
export function weightPlane(args: usize, kind: u32): usize {
  return planeBytes((<usize>inputs(args, kind)) << 5);
}

export function weightPanel(args: usize, kind: u32): usize {
  return PLANES * weightPlane(args, kind);
}

function weightBytes(args: usize, kind: u32): usize {
  return ((outputs(args, kind) + 7) / 8) * weightPanel(args, kind);
}

function privateBytes(args: usize, kind: u32, threads: u32): usize {
  const block = blockOf(args, kind, threads);
  const data = runs(args, kind) * planeBytes(block * ROW);
  const sums = planeBytes(block * sumsRow(outputs(args, kind)));
  return STEPS + haloBytes(args, kind, block) + planes(kind) * (data + sums);
}

export function byTilesScratch(args: usize, kind: u32, threads: u32): usize {
  return weightBytes(args, kind) + privateBytes(args, kind, threads) * threads;
}

/** All weights, transformed: [O / 8][36][C][8]. */
export function packTiles(args: usize, kind: u32, steps: usize, to: usize, thread: u32, threads: u32): void {
  const plane = weightPlane(args, kind);
  const panel = weightPanel(args, kind);
  const panels = (outputs(args, kind) + 7) / 8;
  const end = share(panels, 1, thread + 1, threads);
  for (let i = share(panels, 1, thread, threads); i < end; i++)
    transformPanel(args, kind, i * 8, steps, to + i * panel, plane);
}

export function byTiles(args: usize, kind: u32, thread: u32, threads: u32, epilogue: usize): void {
  const own = load<usize>(args, 12);
  const before = packedWeights(epilogue);
  const weights = before ? before : own;
  const C = inputs(args, kind);
  const O = outputs(args, kind);
  const plane = weightPlane(args, kind);
  const steps = own + weightBytes(args, kind) + privateBytes(args, kind, threads) * thread;
  const panels = (O + 7) / 8;
  const panelBytes = weightPanel(args, kind);
  if (!before) {
    packTiles(args, kind, steps, weights, thread, threads);
    barrier(threads); // every thread reads all weights
  }

  const block = blockOf(args, kind, threads);
  const rowO = sumsRow(O);
  const dataPlane = planeBytes(block * ROW);
  const sumsPlane = planeBytes(block * rowO);
  const halo = steps + STEPS;
  const data = halo + haloBytes(args, kind, block);
  const sums = data + runs(args, kind) * planes(kind) * dataPlane;
  const tiles = tilesOf(args, kind);
  const last = share(tiles, block, thread + 1, threads);
  for (let first = share(tiles, block, thread, threads); first < last; first += block) {
    const count = min(block, last - first);
    gather(args, kind, first, count, steps, halo, data, dataPlane);
    for (let p: u32 = 0; p < planes(kind); p++)
      for (let r: u32 = 0; r < count; r += ROWS) {
        const a = data + p * dataPlane + r * ROW;
        const runStep = planes(kind) * dataPlane;
        let b = weights + weightsOf(kind, p) * plane;
        let y = sums + p * sumsPlane + r * rowO;
        let rest = panels;
        if (wide())
          for (; rest >= 2; rest -= 2, b += 2 * panelBytes, y += 64)
            strideTile16(a, runStep, C, b, b + panelBytes, y, rowO);
        for (; rest; rest--, b += panelBytes, y += 32) strideTile(a, runStep, C, b, y, rowO);
      }
    scatter(args, kind, first, count, 0, O, steps, sums, rowO, sumsPlane, epilogue);
  }
}
