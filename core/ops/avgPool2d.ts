import { type Grads, op } from "../op.ts";
import type { Tensor } from "../tensor.ts";
import { avgPool2dGrad } from "./avgPool2dGrad.ts";
import { pooled, poolingParams, type Window, windows } from "./pooling.ts";

export interface AvgWindow extends Window {
  /** Whether what lies in the padding counts as zeros (PyTorch's default), or not at all. */
  countIncludePad?: boolean;
}

/**
 * The mean of each window: y[n, oh, ow, c] = sum over i, j of x[n, oh stride + i - padding, ..., c] / count.
 *
 *     x [N, H, W, C] -> y [N, outH, outW, C]; outH = floor((H + 2 padding - kernel) / stride) + 1
 *
 * https://docs.pytorch.org/docs/stable/generated/torch.nn.AvgPool2d.html
 */
export const avgPool2d = op<[x: Tensor], AvgWindow>({
  name: "avgPool2d",
  shape: ([x], window) => pooled("avgPool2d", x, window),

  params: ([x], y, { countIncludePad = true, ...window }) => ({
    ...poolingParams(x, y, window),
    countIncludePad: Number(countIncludePad),
  }),

  reference([x], y, p) {
    windows(p, (at, window) => {
      const sum = window.reduce((total, i) => total + x[i], 0);
      y[at] = sum / (p.countIncludePad ? p.kernel * p.kernel : window.length);
    });
  },

  grad: (dy, _y, [x], window): Grads => [
    avgPool2dGrad(dy, { ...window, inputHeight: x.shape[1], inputWidth: x.shape[2] }),
  ],

  examples: [
    [[[2, 6, 6, 4]], { kernel: 2 }],
    [[[1, 1, 1, 1]], { kernel: 1 }], // the smallest
    [[[2, 7, 9, 5]], { kernel: 3, stride: 2, padding: 1 }],
    [[[2, 7, 9, 5]], { kernel: 3, stride: 2, padding: 1, countIncludePad: false }],
    [[[1, 5, 6, 67]], { kernel: 3, stride: 1, padding: 1, countIncludePad: false }],
    [[[3, 8, 5, 3]], { kernel: 2, stride: 3, padding: 1 }], // gaps between windows
    [[[1, 32, 32, 64]], { kernel: 2 }],
  ],
});
