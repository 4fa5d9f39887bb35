import { maxPool2d, mean } from "../ops/index.ts";
import type { Tensor } from "../tensor.ts";
import { convNorm } from "./convNorm.ts";
import { type Encoder, encoder, type Layers } from "./encoder.ts";
import { type Layer, layer, type Mode, sequence } from "./layer.ts";

/** First layers: 7x7 at stride 2 with max-pooling for ImageNet's sizes, 3x3 without for CIFAR's. */
export type Stem = "imagenet" | "cifar";

/** Below this many pixels of the shorter side, the ImageNet stem would leave hardly an image to look at. */
const SMALL = 96;

export const stemFor = (height: number, width: number): Stem =>
  Math.min(height, width) < SMALL ? "cifar" : "imagenet";

export interface ResnetOptions {
  /** Channels of the images. */
  channels?: number;
  /** Channels of the first stage, 64 in the paper. */
  width?: number;
  stem?: Stem;
  /** Blocks start as the identity: the last normalisation of each has weight 0. Goyal et al. 2017, section 5.1. */
  zeroInitResidual?: boolean;
}

/** A block of a stage of `width`, of the given channels at its input; `last` is how its last normalisation starts. */
interface Block {
  (inputs: number, width: number, stride: number, last: { gain: number }): Layer;
  /** Channels at the output, in widths. */
  readonly expansion: number;
}

/** A shortcut where extents or channels change; elsewhere the input itself. */
function shortcut(inputs: number, outputs: number, stride: number): Layer {
  if (stride === 1 && inputs === outputs) return layer({}, (x) => x);
  const changed = convNorm(inputs, outputs, 1, { stride, relu: false });
  return layer({ downsample: { 0: changed.conv, 1: changed.norm } }, changed);
}

/** Two 3x3 convolutions and a shortcut (He et al. 2016, figure 2), named as torchvision names them. */
const basic: Block = Object.assign(
  (inputs: number, width: number, stride: number, last: { gain: number }) => {
    const first = convNorm(inputs, width, 3, { stride, padding: 1 });
    const second = convNorm(width, width, 3, { padding: 1, ...last });
    const past = shortcut(inputs, width, stride);
    const state = { conv1: first.conv, bn1: first.norm, conv2: second.conv, bn2: second.norm, ...past.state };
    return layer(state, (x, mode) => second(first(x, mode), mode, past(x, mode)));
  },
  { expansion: 1 },
);

/**
 * A 1x1, a 3x3 and a widening 1x1 convolution (He et al. 2016, figure 5). The 3x3 has the stride, as torchvision's since
 * 0.1 (the paper's first 1x1 has it), and the names are torchvision's.
 */
const bottleneck: Block = Object.assign(
  (inputs: number, width: number, stride: number, last: { gain: number }) => {
    const first = convNorm(inputs, width, 1);
    const second = convNorm(width, width, 3, { stride, padding: 1 });
    const third = convNorm(width, 4 * width, 1, last);
    const past = shortcut(inputs, 4 * width, stride);
    const state = {
      ...{ conv1: first.conv, bn1: first.norm, conv2: second.conv, bn2: second.norm },
      ...{ conv3: third.conv, bn3: third.norm, ...past.state },
    };
    return layer(state, (x, mode) => third(second(first(x, mode), mode), mode, past(x, mode)));
  },
  { expansion: 4 },
);

/**
 * A residual network without its classifier: the mean over pixels of the last stage.
 *
 *     x [N, H, W, channels] -> features [N, 8 width expansion]
 *
 * Its layers: `conv1` (normalised and rectified, before any pooling), `layer1` to `layer4`, `output`.
 *
 * He et al. 2016, table 1 (https://arxiv.org/abs/1512.03385), with torchvision's parameter names and initialisation.
 */
const resnet =
  (block: Block, blocks: readonly number[]) =>
  ({
    channels: colors = 3,
    width = 64,
    stem = "imagenet",
    zeroInitResidual = false,
  }: ResnetOptions = {}): Encoder => {
    const start =
      stem === "cifar"
        ? convNorm(colors, width, 3, { padding: 1 })
        : convNorm(colors, width, 7, { stride: 2, padding: 3 });
    let channels = width;
    const stages = blocks.map((count, i) => {
      const own = width * 2 ** i;
      const made = Array.from({ length: count }, (_, j) => {
        const inputs = channels;
        channels = own * block.expansion;
        return block(inputs, own, i > 0 && j === 0 ? 2 : 1, { gain: zeroInitResidual ? 0 : 1 });
      });
      return sequence(...made);
    });
    const state = {
      conv1: start.conv,
      bn1: start.norm,
      ...Object.fromEntries(stages.map((stage, i) => [`layer${i + 1}`, stage.state])),
    };

    function layers(x: Tensor, mode: Mode): Layers {
      const first = start(x, mode);
      let h = stem === "imagenet" ? maxPool2d(first, { kernel: 3, stride: 2, padding: 1 }) : first;
      const staged = stages.map((stage, i): [string, Tensor] => {
        h = stage(h, mode);
        return [`layer${i + 1}`, h];
      });
      const output = mean(h, { from: 1, to: 3 }); // [N, channels]
      return { conv1: first, ...Object.fromEntries(staged), output };
    }
    return encoder(state, channels, layers);
  };

export const resnet18 = resnet(basic, [2, 2, 2, 2]);
export const resnet34 = resnet(basic, [3, 4, 6, 3]);
export const resnet50 = resnet(bottleneck, [3, 4, 6, 3]);
export const resnet101 = resnet(bottleneck, [3, 4, 23, 3]);
