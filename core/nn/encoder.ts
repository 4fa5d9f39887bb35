import type { Tensor, Tree } from "../tensor.ts";
import { type Layer, layer, type Mode } from "./layer.ts";

/** What an encoder computes on its way, by layer, first to last: [N, H, W, C] or [N, C]. */
export interface Layers {
  readonly [name: string]: Tensor;
  /** The features [N, dimension]. */
  readonly output: Tensor;
}

/** An encoder maps images to features of `dimension` numbers, and lets its layers be looked at. */
export interface Encoder extends Layer {
  readonly dimension: number;
  /** The same pass with all that it leaves on its way; `output` is what the encoder itself gives. */
  layers(x: Tensor, mode: Mode): Layers;
}

export const encoder = (state: Tree, dimension: number, layers: (x: Tensor, mode: Mode) => Layers): Encoder =>
  Object.assign(
    layer(state, (x, mode) => layers(x, mode).output),
    { dimension, layers },
  );
