import { type Encoder, resnet18, resnet34, resnet50, resnet101, stemFor } from "../nn/index.ts";
import type { RunConfig } from "./config.ts";

const encoders = { resnet18, resnet34, resnet50, resnet101 };

/** The encoder that a config asks for, for images of this size. */
export function encoderOf(
  { encoder: { name, stem, ...options } }: RunConfig,
  { height, width }: { height: number; width: number },
): Encoder {
  return encoders[name]({ ...options, stem: stem === "auto" ? stemFor(height, width) : stem });
}
