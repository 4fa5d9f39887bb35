import { RUN, TILE, WINDOW } from "./winograd";
import { POSITIONS, WEIGHTS } from "./winogradStrided";

// What Winograd's convolutions have in common. Arguments are conv2d's, conv2dInputGrad's or conv2dWeightGrad's; the gradient with
// respect to the input is a convolution of dy by the weights turned round, with inputs and outputs exchanged.

/** What is computed: a convolution or, with BACK added, its input's gradient; at stride 1 or, with STRIDED added, 2. */
export const BACK: u32 = 1;
export const STRIDED: u32 = 2;

/** Bytes of working memory of the transforms: 9 x 8 runs between two axes, 8 x 8 runs of a tile that overhangs. */
export const STEPS: usize = RUN * 136;

/** Positions along an axis; numbers of a tile's window along it, from tile to tile, and outputs of a tile. */
export function positions(kind: u32): u32 {
  return kind & STRIDED ? POSITIONS : WINDOW;
}

export function window(kind: u32): u32 {
  if (kind & STRIDED) return kind & BACK ? 5 : 9;
  return WINDOW;
}

export function advance(kind: u32): u32 {
  return kind == STRIDED ? 8 : TILE;
}

export function extent(kind: u32): u32 {
  return kind == (STRIDED | BACK) ? 8 : TILE;
}

export function planes(kind: u32): u32 {
  return positions(kind) * positions(kind);
}

/** The plane of weights that a plane of data meets. */
export function weightsOf(kind: u32, plane: u32): u32 {
  if (!(kind & STRIDED)) return plane;
  return min(plane / POSITIONS, WEIGHTS - 1) * WEIGHTS + min(plane % POSITIONS, WEIGHTS - 1);
}

/** Whether an earlier plane of data meets the same weights. */
export function shares(kind: u32, plane: u32): bool {
  return (kind & STRIDED) != 0 && (plane / POSITIONS >= WEIGHTS || plane % POSITIONS >= WEIGHTS);
}

export function inputs(args: usize, kind: u32): u32 {
  return load<u32>(args + (kind & BACK ? 32 : 28));
}

export function outputs(args: usize, kind: u32): u32 {
  return load<u32>(args + (kind & BACK ? 28 : 32));
}

export function high(args: usize, kind: u32): u32 {
  return load<u32>(args + (kind & BACK ? 20 : 44));
}

export function wide(args: usize, kind: u32): u32 {
  return load<u32>(args + (kind & BACK ? 24 : 48));
}

/** Where windows begin before the image. */
export function paddingOf(args: usize, kind: u32): i32 {
  if (kind == (STRIDED | BACK)) return 0; // whose padding is 1: dx[2j] and dx[2j + 1] take dy[j] and dy[j + 1]
  return kind & BACK ? 2 - load<i32>(args, 56) : load<i32>(args, 56);
}

export function along(count: u32, kind: u32): u32 {
  return (count + extent(kind) - 1) / extent(kind);
}

export function tilesOf(args: usize, kind: u32): u32 {
  return load<u32>(args, 16) * along(high(args, kind), kind) * along(wide(args, kind), kind);
}

/** Bytes of one padded line of windows of a block of tiles. */
export function haloBytes(args: usize, kind: u32, block: u32): usize {
  const columns = (min(block, along(wide(args, kind), kind)) - 1) * advance(kind) + window(kind);
  return (((<usize>(window(kind) * columns * inputs(args, kind))) << 2) + 127) & ~63;
}

/** Runs of 64 channels of the data: [runs][planes][tiles][ROW]. */
export function runs(args: usize, kind: u32): usize {
  return (inputs(args, kind) + 63) / 64;
}
