import { type Grads, op } from "../op.ts";
import { fits, type Shape, sameShape } from "../shape.ts";
import { reshape, type Tensor } from "../tensor.ts";
import { conv2d } from "./conv2d.ts";
import { packedSize } from "./conv2dPack.ts";
import type { Convolution } from "./convolution.ts";
import { reluGrad } from "./reluGrad.ts";
import { sum } from "./sum.ts";

/** What happens to an output as it is written. */
export interface Epilogue {
  relu?: boolean;
  /** Whether the residual is added; else it is not read, and may be anything. */
  add?: boolean;
  /** The weights are what `conv2dPack` made of those of this shape; then there is no gradient. */
  packed?: Shape;
}

const convolution = conv2d.definition;

/**
 * Convolution and what follows it in use: y = conv2d(x, w) + bias, plus residual with add, and max(y, 0) with relu.
 *
 *     x [N, H, W, C], w [O, KH, KW, C / groups], bias [O], residual like y -> y [N, OH, OW, O]
 */
export const conv2dBias = op<[x: Tensor, w: Tensor, bias: Tensor, residual: Tensor], Convolution & Epilogue>({
  name: "conv2dBias",

  shape([x, given, bias, residual], attributes) {
    const { groups = 1, packed } = attributes;
    if (packed)
      fits(
        sameShape(given, [packedSize(packed)]),
        "conv2dBias",
        "packed weights of another size",
        given,
        packed,
      );
    const w = packed ?? given;
    fits(x.length === 4 && w.length === 4, "conv2dBias", "input and weights must have four axes", x, w);
    fits(x[3] === w[3] * groups, "conv2dBias", `channels do not match in ${groups} groups`, x, w);
    fits(bias.length === 1 && bias[0] === w[0], "conv2dBias", "one bias an output channel", w, bias);
    const y = convolution.shape([x, w], attributes);
    if (attributes.add) fits(sameShape(residual, y), "conv2dBias", "output and residual differ", y, residual);
    return y;
  },

  params: ([x, w], y, attributes) => ({
    ...convolution.params([x, attributes.packed ?? w], y, attributes),
    add: Number(attributes.add ?? false),
    relu: Number(attributes.relu ?? false),
    packed: Number(attributes.packed !== undefined),
  }),

  reference([x, w, bias, residual], y, p) {
    convolution.reference([x, w], y, p);
    for (let i = 0; i < y.length; i++) {
      const total = y[i] + bias[i % p.O] + (p.add ? residual[i] : 0);
      y[i] = p.relu ? Math.max(total, 0) : total;
    }
  },

  grad(dy, y, [x, w], { relu, add, packed, ...attributes }): Grads {
    if (packed) return [null, null, null, null];
    const open = relu ? reluGrad(dy, y) : dy;
    const [dx, dw] = convolution.grad!(open, y, [x, w], attributes);
    const rows = reshape(open, [y.shape[0] * y.shape[1] * y.shape[2], w.shape[0]]);
    return [dx, dw, sum(rows, { from: 0, to: 1 }), add ? open : null];
  },

  examples: [
    [[[1, 1, 1, 1], [1, 1, 1, 1], [1], [1, 1, 1, 1]], { add: true }], // the smallest
    [[[2, 5, 4, 3], [4, 3, 3, 3], [4], [2, 5, 4, 4]], { padding: 1 }],
    [[[2, 5, 4, 3], [4, 3, 3, 3], [4], [2, 5, 4, 4]], { padding: 1, add: true, relu: true }],
    [[[2, 11, 10, 3], [9, 7, 7, 3], [9], [1]], { stride: 2, padding: 3, relu: true }], // an ImageNet stem
    [[[2, 8, 8, 12], [20, 1, 1, 12], [20], [1]], { stride: 2 }], // a shortcut
    [[[2, 6, 5, 8], [12, 3, 3, 2], [12], [2, 6, 5, 12]], { padding: 1, groups: 4, add: true, relu: true }],
    // as computes these by Winograd's tiles, with tiles that overhang and without
    [[[3, 9, 7, 12], [20, 3, 3, 12], [20], [3, 9, 7, 20]], { padding: 1, add: true, relu: true }],
    [[[1, 8, 8, 16], [13, 3, 3, 16], [13], [1]], { padding: 1, relu: true }],
    [[[2, 8, 8, 12], [72, 3, 3, 12], [72], [2, 8, 8, 72]], { padding: 1, add: true }],
    [
      [[3, 17, 14, 12], [20, 3, 3, 12], [20], [3, 9, 7, 20]],
      { stride: 2, padding: 1, add: true, relu: true },
    ],
  ],
});
