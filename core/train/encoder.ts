import { type Encoder, resnet18, stemFor } from "../nn/index.ts";
import type { RunConfig } from "./config.ts";

/** The encoder that a config asks for, for images of this size. */
export function encoderOf(
  { encoder: { width, stem } }: RunConfig,
  { height, width: columns }: { height: number; width: number },
): Encoder {
  return resnet18({ width, stem: stem === "auto" ? stemFor(height, columns) : stem });
}
