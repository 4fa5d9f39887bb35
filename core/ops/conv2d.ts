import { type Grads, op } from "../op.ts";
import { fits } from "../shape.ts";
import { reshape, type Tensor } from "../tensor.ts";
import { conv2dInputGrad } from "./conv2dInputGrad.ts";
import { conv2dWeightGrad } from "./conv2dWeightGrad.ts";
import { type Convolution, convolved, convParams, eachProduct } from "./convolution.ts";
import { sum } from "./sum.ts";

/**
 * Convolution, as the field has it: y[n, oh, ow, o] = sum of x[n, oh s + kh d - p, ow s + kw d - p, c] * w[o, kh, kw, c].
 *
 *     x [N, H, W, C], w [O, KH, KW, C / groups] -> y [N, OH, OW, O]
 */
export const conv2d = op<[x: Tensor, w: Tensor], Convolution>({
  name: "conv2d",

  shape([x, w], attributes) {
    const { groups = 1 } = attributes;
    fits(x.length === 4 && w.length === 4, "conv2d", "input and weights must have four axes", x, w);
    fits(
      x[3] === w[3] * groups && w[0] % groups === 0,
      "conv2d",
      `channels do not match in ${groups} groups`,
      x,
      w,
    );
    const [OH, OW] = [convolved(x[1], w[1], attributes), convolved(x[2], w[2], attributes)];
    fits(OH > 0 && OW > 0, "conv2d", "the kernel exceeds the input", x, w);
    return [x[0], OH, OW, w[0]];
  },

  params: ([x, w], y, attributes) => convParams(x, w, y, attributes),

  reference([x, w], y, params) {
    y.fill(0);
    eachProduct(params, (i, j, at) => {
      y[at] += x[i] * w[j];
    });
  },

  grad(dy, _y, [x, w], attributes): Grads {
    const partial = conv2dWeightGrad(x, dy, { ...attributes, kernel: [w.shape[1], w.shape[2]] });
    return [
      conv2dInputGrad(dy, w, { ...attributes, extents: [x.shape[1], x.shape[2]] }),
      partial.shape[0] === 1 ? reshape(partial, w.shape) : sum(partial, { from: 0, to: 1 }),
    ];
  },

  examples: [
    [
      [
        [1, 1, 1, 1],
        [1, 1, 1, 1],
      ],
      {},
    ], // the smallest
    [
      [
        [2, 5, 4, 3],
        [4, 3, 3, 3],
      ],
      { padding: 1 },
    ],
    [
      [
        [3, 9, 7, 6],
        [10, 3, 3, 6],
      ],
      { stride: 2, padding: 1 },
    ],
    [
      [
        [2, 11, 10, 3],
        [9, 7, 7, 3],
      ],
      { stride: 2, padding: 3 },
    ], // an ImageNet stem
    [
      [
        [2, 8, 8, 12],
        [20, 1, 1, 12],
      ],
      { stride: 2 },
    ], // a shortcut
    [
      [
        [2, 9, 9, 4],
        [6, 3, 3, 4],
      ],
      { padding: 2, dilation: 2 },
    ],
    [
      [
        [2, 6, 5, 8],
        [12, 3, 3, 2],
      ],
      { padding: 1, groups: 4 },
    ],
    [
      [
        [2, 7, 7, 5],
        [5, 3, 3, 1],
      ],
      { stride: 2, padding: 1, groups: 5 },
    ], // depthwise
    [
      [
        [2, 6, 6, 10],
        [4, 2, 2, 5],
      ],
      { stride: 3, padding: 1, groups: 2 },
    ],
    [
      [
        [2, 16, 16, 16],
        [32, 3, 3, 16],
      ],
      { padding: 1 },
    ], // realistic
    [
      [
        [5, 4, 4, 65],
        [67, 3, 3, 65],
      ],
      { padding: 1 },
    ],
    // as computes these by Winograd's tiles of 4 x 4: extents and channels that tiles do not divide
    [
      [
        [3, 9, 7, 12],
        [20, 3, 3, 12],
      ],
      { padding: 1 },
    ],
    [
      [
        [13, 4, 4, 65],
        [67, 3, 3, 65],
      ],
      { padding: 1 },
    ],
    [
      [
        [2, 14, 13, 8],
        [9, 3, 3, 8],
      ],
      {},
    ],
    [
      [
        [1, 17, 19, 20],
        [12, 3, 3, 20],
      ],
      { padding: 2 },
    ],
    [
      [
        [30, 1, 5, 16],
        [8, 3, 3, 16],
      ],
      { padding: 3 },
    ],
    [
      [
        [1, 16, 16, 64],
        [64, 3, 3, 64],
      ],
      { padding: 1 },
    ],
    // and these not: tiles would be mostly empty, or there are too few channels
    [
      [
        [40, 1, 1, 8],
        [8, 3, 3, 8],
      ],
      { padding: 1 },
    ],
    [
      [
        [2, 15, 15, 4],
        [64, 3, 3, 4],
      ],
      { padding: 1 },
    ],
    // and these at stride 2
    [
      [
        [3, 17, 14, 12],
        [20, 3, 3, 12],
      ],
      { stride: 2, padding: 1 },
    ],
    [
      [
        [9, 8, 7, 65],
        [9, 3, 3, 65],
      ],
      { stride: 2, padding: 1 },
    ],
  ],
});
