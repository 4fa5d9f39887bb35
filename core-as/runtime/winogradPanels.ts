import { barrier } from "./engine";
import { share } from "./share";
import { ROW, strideTile } from "./strideTile";
import { ROWS } from "./tile";
import { PLANES, planeBytes } from "./winograd";
import {
  gather,
  haloBytes,
  inputs,
  outputs,
  runs,
  STEPS,
  scatter,
  tilesOf,
  transformPanel,
} from "./winogradPlanes";

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
function blockOf(args: usize, flipped: bool): u32 {
  const tiles = tilesOf(args, flipped);
  const most = BLOCK / (PLANES * <u32>ROW * <u32>runs(args, flipped));
  const blocks = (tiles - 1) / most + 1;
  return (((tiles + blocks - 1) / blocks + ROWS - 1) / ROWS) * ROWS;
}

function dataBytes(args: usize, flipped: bool): usize {
  return runs(args, flipped) * PLANES * planeBytes(blockOf(args, flipped) * ROW);
}

function weightPlane(args: usize, flipped: bool): usize {
  return planeBytes((<usize>inputs(args, flipped)) << 5);
}

function privateBytes(args: usize, flipped: bool): usize {
  const block = blockOf(args, flipped);
  return (
    STEPS + haloBytes(args, flipped, block) + PLANES * (weightPlane(args, flipped) + planeBytes(block * SUMS))
  );
}

export function byPanelsScratch(args: usize, flipped: bool, threads: u32): usize {
  return dataBytes(args, flipped) + privateBytes(args, flipped) * threads;
}

export function byPanels(args: usize, flipped: bool, thread: u32, threads: u32): void {
  const data = load<usize>(args, 12);
  const C = inputs(args, flipped);
  const O = outputs(args, flipped);
  const block = blockOf(args, flipped);
  const dataPlane = planeBytes(block * ROW);
  const plane = weightPlane(args, flipped);
  const sumsPlane = planeBytes(block * SUMS);
  const steps = data + dataBytes(args, flipped) + privateBytes(args, flipped) * thread;
  const halo = steps + STEPS;
  const weights = halo + haloBytes(args, flipped, block);
  const sums = weights + PLANES * plane;
  const panels = (O + 7) / 8;
  const end = share(panels, 1, thread + 1, threads);
  const tiles = tilesOf(args, flipped);
  for (let first: u32 = 0; first < tiles; first += block) {
    const count = min(block, tiles - first);
    const from = share(count, 1, thread, threads);
    const own = share(count, 1, thread + 1, threads) - from;
    if (first) barrier(threads); // before the next block overwrites the data
    gather(args, flipped, first + from, own, steps, halo, data + from * ROW, dataPlane);
    barrier(threads); // every thread reads all data
    for (let panel = share(panels, 1, thread, threads); panel < end; panel++) {
      transformPanel(args, flipped, panel * 8, steps, weights, plane);
      for (let p: u32 = 0; p < PLANES; p++)
        for (let r: u32 = 0; r < count; r += ROWS)
          strideTile(
            data + p * dataPlane + r * ROW,
            PLANES * dataPlane,
            C,
            weights + p * plane,
            sums + p * sumsPlane + r * SUMS,
            SUMS,
          );
      scatter(args, flipped, first, count, panel * 8, min(O - panel * 8, 8), steps, sums, SUMS, sumsPlane);
    }
  }
}
