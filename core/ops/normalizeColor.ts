import { op } from "../op.ts";
import { fits, size } from "../shape.ts";
import type { Tensor } from "../tensor.ts";

type Rgb = readonly [r: number, g: number, b: number];

/**
 * Colours centred and scaled: y[..., c] = (x[..., c] - mean[c]) / std[c].
 *
 *     x [..., 3] -> y [..., 3]
 */
export const normalizeColor = op<[x: Tensor], { mean: Rgb; std: Rgb }>({
  name: "normalizeColor",

  shape([x]) {
    fits(x.at(-1) === 3, "normalizeColor", "the last axis must be red, green, blue", x);
    return x;
  },

  params: ([x]) => ({ pixels: size(x) / 3 }),

  floats: ({ mean, std }) => ({
    meanR: mean[0],
    meanG: mean[1],
    meanB: mean[2],
    stdR: std[0],
    stdG: std[1],
    stdB: std[2],
  }),

  reference([x], y, { pixels, meanR, meanG, meanB, stdR, stdG, stdB }) {
    for (let p = 0; p < pixels; p++) {
      y[3 * p] = (x[3 * p] - meanR) / stdR;
      y[3 * p + 1] = (x[3 * p + 1] - meanG) / stdG;
      y[3 * p + 2] = (x[3 * p + 2] - meanB) / stdB;
    }
  },

  examples: [
    [[[3]], { mean: [0.1, 0.2, 0.3], std: [0.4, 0.5, 0.6] }], // the smallest
    [[[7, 5, 3, 3]], { mean: [0.5, -0.5, 0], std: [0.25, 0.5, 2] }],
    [[[16, 32, 32, 3]], { mean: [0.4914, 0.4822, 0.4465], std: [0.247, 0.2435, 0.2616] }], // CIFAR-10's
  ],
});
