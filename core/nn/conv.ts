import { conv2d } from "../ops/index.ts";
import { state } from "../tensor.ts";
import { normal } from "./init.ts";
import { type Layer, layer } from "./layer.ts";

/**
 * Convolution without bias, as residual networks have it.
 *
 *     x [N, H, W, C] -> y [N, OH, OW, O]; weight [O, K, K, C]
 *
 * Starts normal with variance 2 / (O K^2): He et al. 2015, fan-out, as torchvision's ResNet.
 * https://arxiv.org/abs/1502.01852
 */
export function conv(
  inputs: number,
  outputs: number,
  kernel: number,
  options: { stride?: number; padding?: number } = {},
): Layer {
  const weight = state([outputs, kernel, kernel, inputs], normal(Math.sqrt(2 / (outputs * kernel * kernel))));
  return layer({ weight }, (x) => conv2d(x, weight, options));
}
