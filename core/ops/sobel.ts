import { op } from "../op.ts";
import { fits } from "../shape.ts";
import type { Tensor } from "../tensor.ts";

const ACROSS = [
  [1, 0, -1],
  [2, 0, -2],
  [1, 0, -1],
];
const DOWN = [
  [1, 2, 1],
  [0, 0, 0],
  [-1, -2, -1],
];

/**
 * Where an image's brightness falls, to the right (channel 0) and downwards (channel 1), by Sobel's filters:
 *
 *     y[n, h, w, f] = sum over i, j of filter[f][i][j] mean over c of x[n, h + i - 1, w + j - 1, c]
 *
 *     x [N, H, W, 3], colours normalised -> y [N, H, W, 2]; beyond the border lie zeros
 *
 * What DeepCluster sees of an image: Caron et al. 2018, section 4 (https://arxiv.org/abs/1807.05520). For images as they
 * are fed: nothing is learned through it.
 */
export const sobel = op<[x: Tensor]>({
  name: "sobel",

  shape([x]) {
    fits(x.length === 4 && x[3] === 3, "sobel", "images must be [N, H, W, 3]", x);
    return [x[0], x[1], x[2], 2];
  },

  params: ([[N, H, W]]) => ({ N, H, W }),

  reference([x], y, { N, H, W }) {
    const gray = (n: number, h: number, w: number) => {
      if (h < 0 || h >= H || w < 0 || w >= W) return 0;
      const pixel = 3 * ((n * H + h) * W + w);
      return (x[pixel] + x[pixel + 1] + x[pixel + 2]) / 3;
    };
    for (let n = 0; n < N; n++)
      for (let h = 0; h < H; h++)
        for (let w = 0; w < W; w++)
          for (const [f, filter] of [ACROSS, DOWN].entries()) {
            let sum = 0;
            for (let i = 0; i < 3; i++)
              for (let j = 0; j < 3; j++) sum += filter[i][j] * gray(n, h + i - 1, w + j - 1);
            y[2 * ((n * H + h) * W + w) + f] = sum;
          }
  },

  examples: [
    [[[2, 3, 5, 3]], {}],
    [[[1, 1, 1, 3]], {}], // the smallest
    [[[3, 7, 4, 3]], {}],
    [[[2, 45, 33, 3]], {}],
    [[[8, 32, 32, 3]], {}],
  ],
});
