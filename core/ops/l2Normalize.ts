import { op } from "../op.ts";
import { fits } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { l2NormalizeGrad } from "./l2NormalizeGrad.ts";

/**
 * Rows of unit length: y[n] = x[n] / max(||x[n]||, eps).
 *
 *     x [N, D] -> y [N, D]
 *
 * eps as in https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.normalize.html
 */
export const l2Normalize = op<[x: Tensor], { eps?: number }>({
  name: "l2Normalize",

  shape([x]) {
    fits(x.length === 2, "l2Normalize", "the input must be a matrix", x);
    return x;
  },

  params: ([[N, D]]) => ({ N, D }),
  floats: ({ eps = 1e-12 }) => ({ eps }),

  reference([x], y, { N, D, eps }) {
    for (let n = 0; n < N; n++) {
      const norm = Math.hypot(...x.subarray(n * D, (n + 1) * D));
      for (let d = 0; d < D; d++) y[n * D + d] = x[n * D + d] / Math.max(norm, eps);
    }
  },

  grad: (dy, y, [x], { eps = 1e-12 }) => [l2NormalizeGrad(dy, x, y, { eps })],

  examples: [
    [[[2, 3]], {}],
    [[[1, 1]], {}], // the smallest
    [[[37, 24]], {}],
    [[[9, 515]], {}],
    [[[20, 3]], { eps: 1 }], // some rows are shorter than eps
  ],
});
