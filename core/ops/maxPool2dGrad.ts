import { op } from "../op.ts";
import { fits, sameShape, size } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { pooled, poolingParams, type Window, windows } from "./pooling.ts";

/**
 * The gradient of maxPool2d: each window's goes to its largest element, to the first of equals row by row.
 *
 *     dx[n, h, w, c] = sum of dy over the windows of which x[n, h, w, c] is the first maximum
 *
 *     dy [N, outH, outW, C], x [N, H, W, C] -> dx [N, H, W, C]
 */
export const maxPool2dGrad = op<[dy: Tensor, x: Tensor], Window>({
  name: "maxPool2dGrad",

  shape([dy, x], window) {
    const y = pooled("maxPool2dGrad", x, window);
    fits(sameShape(dy, y), "maxPool2dGrad", "the gradient is not shaped as the output", dy, y);
    return x;
  },

  params: ([dy, x], _dx, window) => poolingParams(x, dy, window),

  reference([dy, x], dx, p) {
    dx.fill(0);
    windows(p, (at, window) => {
      const largest = Math.max(...window.map((i) => x[i]));
      dx[window.find((i) => x[i] === largest)!] += dy[at];
    });
  },

  draw: [undefined, (uniform, shape) => Array.from({ length: size(shape) }, () => Math.round(2 * uniform()))], // ties

  examples: [
    [
      [
        [2, 3, 3, 4],
        [2, 6, 6, 4],
      ],
      { kernel: 2 },
    ],
    [
      [
        [1, 1, 1, 1],
        [1, 1, 1, 1],
      ],
      { kernel: 1 },
    ], // the smallest
    [
      [
        [2, 4, 5, 5],
        [2, 7, 9, 5],
      ],
      { kernel: 3, stride: 2, padding: 1 },
    ], // ResNet's
    [
      [
        [1, 5, 6, 67],
        [1, 5, 6, 67],
      ],
      { kernel: 3, stride: 1, padding: 1 },
    ],
    [
      [
        [3, 3, 2, 3],
        [3, 8, 5, 3],
      ],
      { kernel: 2, stride: 3, padding: 1 },
    ], // gaps between windows
    [
      [
        [2, 16, 16, 64],
        [2, 32, 32, 64],
      ],
      { kernel: 3, stride: 2, padding: 1 },
    ],
  ],
});
