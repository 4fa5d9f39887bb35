import { readFileSync, writeFileSync } from "node:fs";
import { loadImages } from "../../core/data/sources/load.ts";
import { type SafetensorsTensor, safetensorsChunks } from "../../core/safetensors.ts";
import { size } from "../../core/shape.ts";
import { leaves } from "../../core/tensor.ts";
import { resolveConfig } from "../../core/train/config.ts";
import { encoderOf } from "../../core/train/encoder.ts";
import { viewExtents } from "../../core/train/shown.ts";

/**
 * Writes the weights that a run's encoder starts from, as its config and seed have them: safetensors, f32, by torchvision's
 * names, convolutions [O, H, W, I].
 */
export async function writeStart(config: string, data: string, file: string): Promise<void> {
  const run = resolveConfig(JSON.parse(readFileSync(config, "utf8")).config);
  const encoder = encoderOf(run, viewExtents(run.views[0], await loadImages([data])));
  const tensors = new Map<string, SafetensorsTensor>();
  for (const [path, { origin, shape }] of leaves({ encoder: encoder.state })) {
    if (origin.kind !== "state" || path.endsWith(".running")) continue; // both programs begin at means 0, variances 1
    const values = new Float32Array(size(shape));
    origin.init(values, { seed: run.seed, path });
    tensors.set(path.replace("encoder.", ""), { dtype: "F32", shape, data: new Uint8Array(values.buffer) });
  }
  writeFileSync(file, Buffer.concat([...safetensorsChunks(tensors)]));
}
