import { conv2dPack } from "../ops/conv2dPack.ts";
import { conv2d, conv2dBias, mul } from "../ops/index.ts";
import { reshape, type Tensor, type Tree } from "../tensor.ts";
import { batchNorm } from "./batchNorm.ts";
import { convWeight } from "./conv.ts";
import type { Mode } from "./layer.ts";

/** A convolution and its normalisation; each has a state of its own, for networks name them apart. */
export interface ConvNorm {
  /** A residual is added before the output is rectified. */
  (x: Tensor, mode: Mode, residual?: Tensor): Tensor;
  readonly conv: Tree;
  readonly norm: Tree;
}

/**
 * Convolution without bias, batch normalisation, rectifier, as residual networks have them.
 *
 *     x [N, H, W, C] -> y [N, OH, OW, O]
 *
 * In use the normalisation is folded into weights and a bias, and the rest done where the convolution writes its output:
 * Jacob et al. 2018, section 3.2 (https://arxiv.org/abs/1712.05877).
 */
export function convNorm(
  inputs: number,
  outputs: number,
  kernel: number,
  { stride = 1, padding = 0, gain = 1, relu = true } = {},
): ConvNorm {
  const weight = convWeight(inputs, outputs, kernel);
  const norm = batchNorm(outputs, { gain, relu });

  function infer(x: Tensor, mode: Mode, residual?: Tensor): Tensor {
    const { scale, shift } = norm.folded();
    const scaled = mul(weight, reshape(scale, [outputs, 1, 1, 1]));
    const options = { stride, padding, relu: relu || residual !== undefined, add: residual !== undefined };
    if (!mode.keep) return conv2dBias(x, scaled, shift, residual ?? x, options);
    const packed = conv2dPack(scaled, { stride, padding, extents: [x.shape[1], x.shape[2]] });
    return conv2dBias(x, mode.keep(packed), mode.keep(shift), residual ?? x, {
      ...options,
      packed: weight.shape,
    });
  }

  const forward = (x: Tensor, mode: Mode, residual?: Tensor) =>
    mode.training ? norm(conv2d(x, weight, { stride, padding }), mode, residual) : infer(x, mode, residual);
  return Object.assign(forward, { conv: { weight }, norm: norm.state });
}
