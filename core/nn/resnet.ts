import { add, maxPool2d, mean, relu } from "../ops/index.ts";
import type { Tensor } from "../tensor.ts";
import { batchNorm } from "./batchNorm.ts";
import { conv } from "./conv.ts";
import { type Layer, layer, sequence } from "./layer.ts";

/** An encoder maps images to features of `dimension` numbers. */
export interface Encoder extends Layer {
  readonly dimension: number;
}

/** First layers: 7x7 at stride 2 with max-pooling for ImageNet's sizes, 3x3 without for CIFAR's. */
export type Stem = "imagenet" | "cifar";

/** Below this many pixels of the shorter side, the ImageNet stem would leave hardly an image to look at. */
const SMALL = 96;

export const stemFor = (height: number, width: number): Stem =>
  Math.min(height, width) < SMALL ? "cifar" : "imagenet";

/** Two 3x3 convolutions and a shortcut (He et al. 2016, figure 2), named as torchvision names them. */
function basicBlock(inputs: number, outputs: number, stride: number): Layer {
  const conv1 = conv(inputs, outputs, 3, { stride, padding: 1 });
  const bn1 = batchNorm(outputs);
  const conv2 = conv(outputs, outputs, 3, { padding: 1 });
  const bn2 = batchNorm(outputs);
  const reshapes = stride !== 1 || inputs !== outputs;
  const downsample = reshapes
    ? sequence(conv(inputs, outputs, 1, { stride }), batchNorm(outputs))
    : undefined;
  const state = { conv1: conv1.state, bn1: bn1.state, conv2: conv2.state, bn2: bn2.state };
  return layer(downsample ? { ...state, downsample: downsample.state } : state, (x, mode) => {
    const h = relu(bn1(conv1(x, mode), mode));
    const y = bn2(conv2(h, mode), mode);
    return relu(add(y, downsample ? downsample(x, mode) : x));
  });
}

/**
 * ResNet-18 without its classifier: the mean over pixels of the last stage.
 *
 *     x [N, H, W, 3] -> features [N, 8 width]
 *
 * He et al. 2016, table 1 (https://arxiv.org/abs/1512.03385), with torchvision's parameter names and initialisation.
 * `width` is the number of channels of the first stage, 64 in the paper.
 */
export function resnet18({ width = 64, stem = "imagenet" }: { width?: number; stem?: Stem } = {}): Encoder {
  const conv1 =
    stem === "cifar" ? conv(3, width, 3, { padding: 1 }) : conv(3, width, 7, { stride: 2, padding: 3 });
  const bn1 = batchNorm(width);
  const stages = [1, 2, 4, 8].map((multiple, i) => {
    const inputs = i === 0 ? width : (width * multiple) / 2;
    const [first, second] = [
      basicBlock(inputs, width * multiple, i === 0 ? 1 : 2),
      basicBlock(width * multiple, width * multiple, 1),
    ];
    return sequence(first, second);
  });
  const state = {
    conv1: conv1.state,
    bn1: bn1.state,
    ...Object.fromEntries(stages.map((stage, i) => [`layer${i + 1}`, stage.state])),
  };

  function forward(x: Tensor, mode: Parameters<Layer>[1]): Tensor {
    let h = relu(bn1(conv1(x, mode), mode));
    if (stem === "imagenet") h = maxPool2d(h, { kernel: 3, stride: 2, padding: 1 });
    for (const stage of stages) h = stage(h, mode);
    return mean(h, { from: 1, to: 3 }); // [N, 8 width]
  }
  return Object.assign(layer(state, forward), { dimension: 8 * width });
}
