import { type Grads, op } from "../op.ts";
import { fits, sameShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { type AvgWindow, avgPool2d } from "./avgPool2d.ts";
import { pooled, poolingParams, windows } from "./pooling.ts";

/**
 * The gradient of avgPool2d, its transpose: each window's is spread over its elements.
 *
 *     dx[n, h, w, c] = sum of dy / count over the windows that hold (h, w)
 *
 *     dy [N, outH, outW, C] -> dx [N, inputHeight, inputWidth, C]
 */
export const avgPool2dGrad = op<[dy: Tensor], AvgWindow & { inputHeight: number; inputWidth: number }>({
  name: "avgPool2dGrad",

  shape([dy], { inputHeight, inputWidth, ...window }) {
    fits(dy.length === 4, "avgPool2dGrad", "the gradient must be [N, outH, outW, C]", dy);
    const dx = [dy[0], inputHeight, inputWidth, dy[3]];
    const y = pooled("avgPool2dGrad", dx, window);
    fits(sameShape(dy, y), "avgPool2dGrad", "the gradient is not shaped as the output", dy, y);
    return dx;
  },

  params: ([dy], dx, { countIncludePad = true, ...window }) => ({
    ...poolingParams(dx, dy, window),
    countIncludePad: Number(countIncludePad),
  }),

  reference([dy], dx, p) {
    dx.fill(0);
    windows(p, (at, window) => {
      for (const i of window) dx[i] += dy[at] / (p.countIncludePad ? p.kernel * p.kernel : window.length);
    });
  },

  grad: (ddx, _dx, _inputs, { inputHeight: _h, inputWidth: _w, ...window }): Grads => [
    avgPool2d(ddx, window),
  ],

  examples: [
    [[[2, 3, 3, 4]], { kernel: 2, inputHeight: 6, inputWidth: 6 }],
    [[[1, 1, 1, 1]], { kernel: 1, inputHeight: 1, inputWidth: 1 }], // the smallest
    [[[2, 4, 5, 5]], { kernel: 3, stride: 2, padding: 1, inputHeight: 7, inputWidth: 9 }],
    [
      [[2, 4, 5, 5]],
      { kernel: 3, stride: 2, padding: 1, countIncludePad: false, inputHeight: 7, inputWidth: 9 },
    ],
    [
      [[1, 5, 6, 67]],
      { kernel: 3, stride: 1, padding: 1, countIncludePad: false, inputHeight: 5, inputWidth: 6 },
    ],
    [[[3, 3, 2, 3]], { kernel: 2, stride: 3, padding: 1, inputHeight: 8, inputWidth: 5 }], // gaps between windows
    [[[1, 16, 16, 64]], { kernel: 2, inputHeight: 32, inputWidth: 32 }],
  ],
});
