import { byPanels, byPanelsScratch } from "./winogradPanels";
import { inputs, outputs } from "./winogradPlanes";
import { byTiles, byTilesScratch } from "./winogradTiles";

/** Weights, of one plane, from which on outputs are divided among threads: 512 x 512 then take 1.1 times less time, 256 x 256 took 1.15 times more. */
const MANY: u32 = 131072;

function many(args: usize, flipped: bool): bool {
  return inputs(args, flipped) * outputs(args, flipped) >= MANY;
}

export function winogradScratch(args: usize, flipped: bool, threads: u32): usize {
  return many(args, flipped)
    ? byPanelsScratch(args, flipped, threads)
    : byTilesScratch(args, flipped, threads);
}

/** A 3x3 convolution, or (`flipped`) its gradient with respect to the input. Arguments as in winogradPlanes.ts. */
export function winograd(args: usize, flipped: bool, thread: u32, threads: u32): void {
  if (many(args, flipped)) byPanels(args, flipped, thread, threads);
  else byTiles(args, flipped, thread, threads);
}
