import { op } from "../op.ts";
import { fits, type Shape, size } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { type Convolution, convolved, convParams, eachProduct } from "./convolution.ts";

/** Upper bounds of what the partial sums of one convolution may take: how many, and numbers in all. */
const MOST_SPLITS = 32;
const MOST_NUMBERS = 2 ** 21;

/** How many parts the images are split into: a power of two that depends on shapes alone, so that bits do too. */
function splitsFor(images: number, weights: Shape): number {
  let splits = 1;
  while (2 * splits <= Math.min(images, MOST_SPLITS) && 2 * splits * size(weights) <= MOST_NUMBERS)
    splits *= 2;
  return splits;
}

/**
 * Gradient of a convolution with respect to its weights, as partial sums over consecutive images, which `sum` adds up:
 * few weights are fed by very many pixels, and only so is there work for all processors.
 *
 *     x [N, H, W, C], dy [N, OH, OW, O] -> dw [splits, O, KH, KW, C / groups], with kernel [KH, KW]
 */
export const conv2dWeightGrad = op<
  [x: Tensor, dy: Tensor],
  Convolution & { kernel: readonly [height: number, width: number] }
>({
  name: "conv2dWeightGrad",

  shape([x, dy], { kernel: [KH, KW], ...attributes }) {
    const { groups = 1 } = attributes;
    fits(x.length === 4 && dy.length === 4, "conv2dWeightGrad", "both inputs must have four axes", x, dy);
    const holds = dy[1] === convolved(x[1], KH, attributes) && dy[2] === convolved(x[2], KW, attributes);
    fits(holds && x[0] === dy[0], "conv2dWeightGrad", "input and gradient do not belong together", x, dy);
    fits(
      x[3] % groups === 0 && dy[3] % groups === 0,
      "conv2dWeightGrad",
      `channels in ${groups} groups`,
      x,
      dy,
    );
    const weights = [dy[3], KH, KW, x[3] / groups];
    return [splitsFor(x[0], weights), ...weights];
  },

  params: ([x, dy], dw, attributes) => ({ ...convParams(x, dw.slice(1), dy, attributes), splits: dw[0] }),

  reference([x, dy], dw, params) {
    dw.fill(0);
    const { N, O, KH, KW, C, groups, splits } = params;
    const images = Math.ceil(N / splits); // of one part
    const weights = O * KH * KW * (C / groups);
    eachProduct(params, (i, j, at, n) => {
      dw[Math.floor(n / images) * weights + j] += x[i] * dy[at];
    });
  },

  examples: [
    [
      [
        [1, 1, 1, 1],
        [1, 1, 1, 1],
      ],
      { kernel: [1, 1] },
    ], // the smallest
    [
      [
        [5, 6, 5, 7],
        [5, 6, 5, 9],
      ],
      { padding: 1, kernel: [3, 3] },
    ], // images that the splits do not divide
    [
      [
        [3, 8, 7, 3],
        [3, 4, 4, 14],
      ],
      { stride: 2, padding: 1, kernel: [3, 3] },
    ],
    [
      [
        [4, 16, 16, 16],
        [4, 16, 16, 32],
      ],
      { padding: 1, kernel: [3, 3] },
    ], // realistic
    [
      [
        [33, 4, 4, 65],
        [33, 4, 4, 67],
      ],
      { padding: 1, kernel: [3, 3] },
    ],
    [
      [
        [2, 6, 6, 16],
        [2, 6, 6, 12],
      ],
      { padding: 1, groups: 2, kernel: [3, 3] },
    ],
    [
      [
        [2, 9, 8, 9],
        [2, 5, 4, 6],
      ],
      { stride: 2, padding: 2, dilation: 2, groups: 3, kernel: [3, 3] },
    ],
    // as computes these by Winograd's tiles of 4 x 4
    [
      [
        [3, 13, 9, 12],
        [3, 13, 9, 20],
      ],
      { padding: 1, kernel: [3, 3] },
    ],
    [
      [
        [33, 13, 13, 8],
        [33, 13, 13, 9],
      ],
      { padding: 1, kernel: [3, 3] },
    ],
    [
      [
        [1, 40, 42, 20],
        [1, 38, 40, 8],
      ],
      { kernel: [3, 3] },
    ],
    [
      [
        [1, 17, 19, 65],
        [1, 19, 21, 19],
      ],
      { padding: 2, kernel: [3, 3] },
    ],
    [
      [
        [1, 16, 16, 64],
        [1, 16, 16, 64],
      ],
      { padding: 1, kernel: [3, 3] },
    ],
    // and these at stride 2
    [
      [
        [3, 33, 17, 12],
        [3, 17, 9, 20],
      ],
      { stride: 2, padding: 1, kernel: [3, 3] },
    ],
    [
      [
        [1, 32, 27, 65],
        [1, 16, 14, 9],
      ],
      { stride: 2, padding: 1, kernel: [3, 3] },
    ],
  ],
});
