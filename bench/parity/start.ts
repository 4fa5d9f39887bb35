import { readFileSync, writeFileSync } from "node:fs";
import { loadImages } from "../../core/data/sources/load.ts";
import { stateOf } from "../../core/methods/index.ts";
import { type SafetensorsTensor, safetensorsChunks } from "../../core/safetensors.ts";
import { size } from "../../core/shape.ts";
import { leaves } from "../../core/tensor.ts";
import { methodOf, resolveConfig } from "../../core/train/config.ts";
import { encoderOf } from "../../core/train/encoder.ts";
import { viewExtents } from "../../core/train/shown.ts";

/**
 * Writes what a run's networks start from, as its config and seed have it: safetensors, f32, by the names of a checkpoint,
 * convolutions [O, H, W, I]. Without running statistics, which begin at means 0 and variances 1 in both programs.
 */
export async function writeStart(config: string, data: string, file: string): Promise<void> {
  const run = resolveConfig(JSON.parse(readFileSync(config, "utf8")).config);
  const images = await loadImages([data]);
  const { method, settings } = methodOf(run);
  const view = viewExtents(run.views[0], images);
  const nets = method.build(() => encoderOf(run, view), settings, { samples: images.count });
  const tensors = new Map<string, SafetensorsTensor>();
  for (const [path, { origin, shape, dtype }] of leaves(stateOf(nets))) {
    if (origin.kind !== "state" || dtype !== "f32" || path.endsWith(".running")) continue;
    const values = new Float32Array(size(shape));
    origin.init(values, { seed: run.seed, path });
    tensors.set(path, { dtype: "F32", shape, data: new Uint8Array(values.buffer) });
  }
  writeFileSync(file, Buffer.concat([...safetensorsChunks(tensors)]));
}
