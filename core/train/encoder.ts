import { type Encoder, encoder, resnet18, resnet34, resnet50, resnet101, stemFor } from "../nn/index.ts";
import { sobel } from "../ops/index.ts";
import type { RunConfig } from "./config.ts";

const encoders = { resnet18, resnet34, resnet50, resnet101 };

/** The encoder that a config asks for, for images of this size. */
export function encoderOf(
  { encoder: { name, stem, sobel: filtered = false, ...options } }: RunConfig,
  { height, width }: { height: number; width: number },
): Encoder {
  const given = { ...options, stem: stem === "auto" ? stemFor(height, width) : stem };
  if (!filtered) return encoders[name](given);
  const net = encoders[name]({ ...given, channels: 2 });
  return encoder(net.state, net.dimension, (x, mode) => net.layers(sobel(x), mode));
}
