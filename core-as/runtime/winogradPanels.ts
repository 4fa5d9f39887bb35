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
import { weightPanel, weightPlane } from "./winogradTiles";

// Winograd's convolution, output channels divided among threads: where weights are many.
//
// Transformed, 512 x 512 of them are 38 MB, which would pass through memory twice. So all threads bring a block of tiles to
// data [C / 64][36][tiles][64 and a gap], which stays in the third cache; then each takes outputs eight by eight through
// everything: their weights to a panel [36][C][8] in the second cache, 36 products to sums [36][tiles][8], and back to
// pixels. Weights are transformed once a block. Where `wide` holds, two panels of eight go together.

/** Bytes of data of a block, about. */
const BLOCK: u32 = 8847360;
/** Bytes of a panel's row. */
const ROW8: usize = 32;

/** Panels that go through everything together. */
function together(): u32 {
  return wide() ? 2 : 1;
}

/** Tiles of a block: whole rows of the products' tile. */
function blockOf(args: usize, kind: u32): u32 {
  const tiles = tilesOf(args, kind);
  const most = BLOCK / (planes(kind) * <u32>ROW * <u32>runs(args, kind));
  const blocks = (tiles - 1) / most + 1;
  return (((tiles + blocks - 1) / blocks + ROWS - 1) / ROWS) * ROWS;
}

function dataBytes(args: usize, kind: u32): usize {
  return runs(args, kind) * planes(kind) * planeBytes(blockOf(args, kind) * ROW);
}

function privateBytes(args: usize, kind: u32): usize {
  const block = blockOf(args, kind);
  const sums = planes(kind) * planeBytes(block * together() * ROW8);
  return STEPS + haloBytes(args, kind, block) + together() * PLANES * weightPlane(args, kind) + sums;
}

export function byPanelsScratch(args: usize, kind: u32, threads: u32): usize {
  return dataBytes(args, kind) + privateBytes(args, kind) * threads;
}

export function byPanels(args: usize, kind: u32, thread: u32, threads: u32, epilogue: usize): void {
  const data = load<usize>(args, 12);
  const C = inputs(args, kind);
  const O = outputs(args, kind);
  const block = blockOf(args, kind);
  const dataPlane = planeBytes(block * ROW);
  const before = packedWeights(epilogue);
  const plane = weightPlane(args, kind);
  const panelBytes = weightPanel(args, kind);
  const row = together() * ROW8;
  const sumsPlane = planeBytes(block * row);
  const steps = data + dataBytes(args, kind) + privateBytes(args, kind) * thread;
  const halo = steps + STEPS;
  const work = halo + haloBytes(args, kind, block);
  const sums = work + together() * PLANES * plane;
  const runStep = planes(kind) * dataPlane;
  const panels = (O + 7) / 8;
  const end = share(panels, 1, thread + 1, threads);
  const tiles = tilesOf(args, kind);
  for (let first: u32 = 0; first < tiles; first += block) {
    const count = min(block, tiles - first);
    const from = share(count, 1, thread, threads);
    const own = share(count, 1, thread + 1, threads) - from;
    if (first) barrier(threads); // before the next block overwrites the data
    gather(args, kind, first + from, own, steps, halo, data + from * ROW, dataPlane);
    barrier(threads); // every thread reads all data
    for (let panel = share(panels, 1, thread, threads); panel < end; panel += together()) {
      const two = panel + 2 <= end && wide();
      const weights = before ? before + panel * panelBytes : work;
      const next = weights + panelBytes; // where the second of two panels lies
      if (!before) {
        transformPanel(args, kind, panel * 8, steps, weights, plane);
        if (two) transformPanel(args, kind, panel * 8 + 8, steps, next, plane);
      }
      for (let p: u32 = 0; p < planes(kind); p++) {
        const b = weightsOf(kind, p) * plane;
        for (let r: u32 = 0; r < count; r += ROWS) {
          const a = data + p * dataPlane + r * ROW;
          const y = sums + p * sumsPlane + r * row;
          if (two) strideTile16(a, runStep, C, weights + b, next + b, y, row);
          else strideTile(a, runStep, C, weights + b, y, row);
        }
      }
      const outputs = min(O - panel * 8, two ? 16 : 8);
      scatter(args, kind, first, count, panel * 8, outputs, steps, sums, row, sumsPlane, epilogue);
    }
  }
}
