import { inputs, outputs, tilesOf } from "./winogradKind";
import { byPanels, byPanelsScratch } from "./winogradPanels";
import { byTiles, byTilesScratch } from "./winogradTiles";

/** Weights, of one plane, from which on outputs are divided among threads: 512 x 512 then take 1.1 times less time, 256 x 256 took 1.15 times more. */
const MANY: u32 = 131072;

/** Tiles, of one thread, up to which outputs are divided, too: few cannot be shared evenly. */
const FEW: u32 = 12;

/** Either way an image has the same bits. */
function many(args: usize, kind: u32, threads: u32): bool {
  return inputs(args, kind) * outputs(args, kind) >= MANY || tilesOf(args, kind) <= FEW * threads;
}

export function winogradScratch(args: usize, kind: u32, threads: u32): usize {
  return many(args, kind, threads)
    ? byPanelsScratch(args, kind, threads)
    : byTilesScratch(args, kind, threads);
}

/** A 3x3 convolution, with an epilogue (epilogue.ts) or without, or its input's gradient, of a kind of winogradKind.ts. */
export function winograd(args: usize, kind: u32, thread: u32, threads: u32, epilogue: usize = 0): void {
  if (many(args, kind, threads)) byPanels(args, kind, thread, threads, epilogue);
  else byTiles(args, kind, thread, threads, epilogue);
}
