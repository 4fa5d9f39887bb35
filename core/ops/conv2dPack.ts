import { op } from "../op.ts";
import { fits, type Shape, size } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { type Convolution, convolved, convParams } from "./convolution.ts";

/** Numbers of packed weights, at most: Winograd's 36 of nine with outputs in eights, and a gap after each. */
export const packedSize = ([O, KH, KW, C]: Shape): number =>
  KH === 3 && KW === 3 ? 36 * Math.ceil(O / 8) * (8 * C + 32) : (O + 8 * 64) * KH * KW * C;

/**
 * A convolution's weights as the backend's `conv2dBias` wants them for images of some extents: transformed and laid out
 * once, for many batches. What lies where is the backend's own affair; on this page, the weights themselves. So it is
 * none of the public ops.
 *
 *     w [O, KH, KW, C] -> packed [packedSize(w)]
 */
export const conv2dPack = op<
  [w: Tensor],
  Convolution & { extents: readonly [height: number, width: number] }
>({
  name: "conv2dPack",

  shape([w]) {
    fits(w.length === 4, "conv2dPack", "weights must have four axes", w);
    return [packedSize(w)];
  },

  params([w], _y, { extents: [H, W], ...attributes }) {
    const y = [1, convolved(H, w[1], attributes), convolved(W, w[2], attributes), w[0]];
    return { ...convParams([1, H, W, w[3]], w, y, attributes), size: size(w) };
  },

  reference([w], y, { size }) {
    y.set(w.subarray(0, size));
  },

  examples: [[[[1, 1, 1, 1]], { extents: [1, 1] }]],
});
