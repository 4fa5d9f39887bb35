import { op } from "../op.ts";
import { fits } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { type Convolution, convolved, convParams, eachProduct } from "./convolution.ts";

/**
 * Gradient of a convolution with respect to its input: each pixel gathers what it gave.
 *
 *     dy [N, OH, OW, O], w [O, KH, KW, C / groups] -> dx [N, H, W, C], with extents [H, W]
 */
export const conv2dInputGrad = op<
  [dy: Tensor, w: Tensor],
  Convolution & { extents: readonly [height: number, width: number] }
>({
  name: "conv2dInputGrad",

  shape([dy, w], { extents: [H, W], ...attributes }) {
    const { groups = 1 } = attributes;
    fits(dy.length === 4 && w.length === 4, "conv2dInputGrad", "both inputs must have four axes", dy, w);
    const holds = dy[1] === convolved(H, w[1], attributes) && dy[2] === convolved(W, w[2], attributes);
    fits(
      holds && dy[3] === w[0],
      "conv2dInputGrad",
      `gradient and weights do not fit ${H} x ${W} pixels`,
      dy,
      w,
    );
    return [dy[0], H, W, w[3] * groups];
  },

  params: ([dy, w], dx, attributes) => convParams(dx, w, dy, attributes),

  reference([dy, w], dx, params) {
    dx.fill(0);
    eachProduct(params, (i, j, at) => {
      dx[i] += w[j] * dy[at];
    });
  },

  examples: [
    [
      [
        [1, 1, 1, 1],
        [1, 1, 1, 1],
      ],
      { extents: [1, 1] },
    ], // the smallest
    [
      [
        [2, 6, 5, 9],
        [9, 3, 3, 7],
      ],
      { padding: 1, extents: [6, 5] },
    ],
    [
      [
        [2, 4, 4, 9],
        [9, 3, 3, 7],
      ],
      { stride: 2, padding: 1, extents: [8, 7] },
    ],
    [
      [
        [2, 3, 3, 5],
        [5, 1, 1, 7],
      ],
      { stride: 2, extents: [5, 6] },
    ], // pixels that gave nothing
    [
      [
        [2, 299, 1, 16],
        [16, 5, 5, 4],
      ],
      { stride: 2, padding: 1, extents: [600, 3] },
    ], // tall and narrow
    [
      [
        [2, 16, 16, 32],
        [32, 3, 3, 16],
      ],
      { padding: 1, extents: [16, 16] },
    ], // realistic
    [
      [
        [2, 6, 6, 12],
        [12, 3, 3, 4],
      ],
      { padding: 1, groups: 2, extents: [6, 6] },
    ],
    [
      [
        [2, 5, 4, 6],
        [6, 3, 3, 3],
      ],
      { stride: 2, padding: 2, dilation: 2, groups: 3, extents: [9, 8] },
    ],
    // as computes these by Winograd's tiles of 4 x 4
    [
      [
        [3, 9, 7, 20],
        [20, 3, 3, 12],
      ],
      { padding: 1, extents: [9, 7] },
    ],
    [
      [
        [13, 4, 4, 65],
        [65, 3, 3, 67],
      ],
      { padding: 1, extents: [4, 4] },
    ],
    [
      [
        [2, 12, 11, 9],
        [9, 3, 3, 8],
      ],
      { extents: [14, 13] },
    ],
    [
      [
        [1, 19, 21, 12],
        [12, 3, 3, 20],
      ],
      { padding: 2, extents: [17, 19] },
    ],
    [
      [
        [16, 8, 9, 16],
        [16, 3, 3, 8],
      ],
      { padding: 3, extents: [4, 5] },
    ],
    [
      [
        [1, 16, 16, 64],
        [64, 3, 3, 64],
      ],
      { padding: 1, extents: [16, 16] },
    ],
    // and these at stride 2
    [
      [
        [3, 9, 7, 20],
        [20, 3, 3, 12],
      ],
      { stride: 2, padding: 1, extents: [17, 14] },
    ],
    [
      [
        [9, 4, 4, 65],
        [65, 3, 3, 9],
      ],
      { stride: 2, padding: 1, extents: [8, 7] },
    ],
  ],
});
