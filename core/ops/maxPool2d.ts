import { op } from "../op.ts";
import type { Tensor } from "../tensor.ts";
import { maxPool2dGrad } from "./maxPool2dGrad.ts";
import { pooled, poolingParams, type Window, windows } from "./pooling.ts";

/**
 * The largest element of each window: y[n, oh, ow, c] = max over i, j of x[n, oh stride + i - padding, ..., c].
 *
 *     x [N, H, W, C] -> y [N, outH, outW, C]; outH = floor((H + 2 padding - kernel) / stride) + 1
 *
 * What lies in the padding never wins. https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxPool2d.html
 */
export const maxPool2d = op<[x: Tensor], Window>({
  name: "maxPool2d",
  shape: ([x], window) => pooled("maxPool2d", x, window),
  params: ([x], y, window) => poolingParams(x, y, window),

  reference([x], y, p) {
    windows(p, (at, window) => {
      y[at] = Math.max(...window.map((i) => x[i]));
    });
  },

  grad: (dy, _y, [x], window) => [maxPool2dGrad(dy, x, window)],

  examples: [
    [[[2, 6, 6, 4]], { kernel: 2 }],
    [[[1, 1, 1, 1]], { kernel: 1 }], // the smallest
    [[[2, 7, 9, 5]], { kernel: 3, stride: 2, padding: 1 }], // ResNet's
    [[[1, 5, 6, 67]], { kernel: 3, stride: 1, padding: 1 }],
    [[[3, 8, 5, 3]], { kernel: 2, stride: 3, padding: 1 }], // gaps between windows
    [[[1, 32, 32, 64]], { kernel: 3, stride: 2, padding: 1 }],
  ],
});
