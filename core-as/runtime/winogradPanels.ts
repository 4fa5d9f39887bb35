import { barrier } from "./engine";
import { packedWeights } from "./epilogue";
import { share } from "./share";
import { ROW, strideTile } from "./strideTile";
import { ROWS } from "./tile";
import { PLANES, planeBytes } from "./winograd";
import { haloBytes, inputs, outputs, planes, runs, STEPS, tilesOf, weightsOf } from "./winogradKind";
import { gather, scatter, transformPanel } from "./winogradPlanes";
import { weightPanel, weightPlane } from "./winogradTiles";

// Winograd's convolution, output channels divided among threads: where weights are many.
//
// Transformed, 512 x 512 of them are 38 MB, which would pass through memory twice. So all threads bring a block of tiles to
// data [C / 64][36][tiles][64 and a gap], which stays in the third cache; then each takes outputs eight by eight through
// everything: their weights to a panel [36][C][8] in the second cache, 36 products to sums [36][tiles][8], and back to
// pixels. Weights are transformed once a block.

/** Bytes of data of a block, about. */
const BLOCK: u32 = 8847360;
/** Bytes of a row of sums. */
const SUMS: usize = 32;

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
  const sums = planes(kind) * planeBytes(block * SUMS);
  return STEPS + haloBytes(args, kind, block) + PLANES * weightPlane(args, kind) + sums;
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
  const sumsPlane = planeBytes(block * SUMS);
  const steps = data + dataBytes(args, kind) + privateBytes(args, kind) * thread;
  const halo = steps + STEPS;
  const work = halo + haloBytes(args, kind, block);
  const sums = work + PLANES * plane;
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
    for (let panel = share(panels, 1, thread, threads); panel < end; panel++) {
      const weights = before ? before + panel * weightPanel(args, kind) : work;
      if (!before) transformPanel(args, kind, panel * 8, steps, weights, plane);
      for (let p: u32 = 0; p < planes(kind); p++)
        for (let r: u32 = 0; r < count; r += ROWS)
          strideTile(
            data + p * dataPlane + r * ROW,
            planes(kind) * dataPlane,
            C,
            weights + weightsOf(kind, p) * plane,
            sums + p * sumsPlane + r * SUMS,
            SUMS,
          );
      scatter(
        args,
        kind,
        first,
        count,
        panel * 8,
        min(O - panel * 8, 8),
        steps,
        sums,
        SUMS,
        sumsPlane,
        epilogue,
      );
    }
  }
}
