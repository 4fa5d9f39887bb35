import { conv2d } from "../ops/index.ts";
import { state, type Tensor } from "../tensor.ts";
import { normal } from "./init.ts";
import { type Layer, layer } from "./layer.ts";

/** Weights [O, K, K, C]; normal with variance 2 / (O K^2): He et al. 2015, fan-out, as torchvision's ResNet. */
export const convWeight = (inputs: number, outputs: number, kernel: number): Tensor =>
  state([outputs, kernel, kernel, inputs], normal(Math.sqrt(2 / (outputs * kernel * kernel))));

/**
 * Convolution without bias, as residual networks have it.
 *
 *     x [N, H, W, C] -> y [N, OH, OW, O]; weight [O, K, K, C]
 *
 * https://arxiv.org/abs/1502.01852
 */
export function conv(
  inputs: number,
  outputs: number,
  kernel: number,
  options: { stride?: number; padding?: number } = {},
): Layer {
  const weight = convWeight(inputs, outputs, kernel);
  return layer({ weight }, (x) => conv2d(x, weight, options));
}
