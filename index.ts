/**
 * ssl-edge as a library: load images, choose a recipe or build a method, pretrain, measure, extract.
 *
 * What the command line does, a program does by these functions; README shows one.
 */
import "./requireNode.ts"; // before what an older Node lacks

import type { Backend, Precision } from "./core/backend.ts";
import { oneLine } from "./core/oneLine.ts";
import { openBackend as openAs } from "./core-as/node.ts";
import { describeAdapter, openBackend as openWgsl, type Tiles } from "./core-wgsl/index.ts";

export { detach } from "./core/autograd.ts";
export type { Backend } from "./core/backend.ts";
export * as cluster from "./core/cluster/index.ts";
export type { DataSet, ImageSet, ImageStream } from "./core/data/source.ts";
export { type LoadOptions, loadImages } from "./core/data/sources/load.ts";
export { type Features, knn } from "./core/eval/knn.ts";
export { type LinearOptions, type LinearResult, linear } from "./core/eval/linear.ts";
export { featureFiles, type NamedFeatures } from "./core/extract.ts";
export * as losses from "./core/losses/index.ts";
export * as methods from "./core/methods/index.ts";
export { type Method, method, type StepResult } from "./core/methods/index.ts";
export * as nn from "./core/nn/index.ts";
export * as ops from "./core/ops/index.ts";
export { reshape, state, type Tensor } from "./core/tensor.ts";
export { type Checkpoint, readCheckpoint } from "./core/train/checkpoint.ts";
export { ConfigError, configOf, type RunConfig, resolveConfig } from "./core/train/config.ts";
export {
  extractFeatures,
  extractLayers,
  labelledFeatures,
  labelledLayers,
} from "./core/train/extractFeatures.ts";
export { type PretrainOptions, pretrain } from "./core/train/pretrain.ts";
export { readRecipe, recipeNames } from "./core/train/recipe.ts";
export type { Metrics, Training } from "./core/train/training.ts";
export { version } from "./core/version.ts";

/** What `auto` chooses, and why: WebGPU on a GPU, never on a CPU that plays one, which the CPU backend outruns. */
export async function chooseBackend(): Promise<{ backend: "wgsl" | "as"; reason: string }> {
  const found = await describeAdapter();
  if ("reason" in found) return { backend: "as", reason: found.reason };
  const { device, software } = found.description;
  if (software) return { backend: "as", reason: `${device} is software; the CPU kernels outrun it` };
  return { backend: "wgsl", reason: `${device} is a GPU` };
}

/**
 * A device to compute on: `wgsl` is WebGPU through Dawn, `as` the CPU on so many threads (all cores where nothing is said),
 * there with V8's 256-bit pairs of vectors where these prove right and faster, unless `revectorize` is false: the same bits.
 * Close it at the end. Throws where there is no such device, and for other names.
 * `precision` is that of a run's config, where it is to train; `tiles` what `ssl-edge doctor --tune` found.
 */
export async function openBackend({
  backend = "auto",
  threads,
  revectorize,
  precision,
  tiles,
}: {
  backend?: "auto" | "wgsl" | "as";
  threads?: number;
  precision?: Precision;
  tiles?: Tiles;
  revectorize?: boolean;
} = {}): Promise<Backend> {
  if (!["auto", "wgsl", "as"].includes(backend))
    throw new RangeError(`backend: there is auto, wgsl and as; got ${oneLine(String(backend), 100)}`);
  const chosen = backend === "auto" ? (await chooseBackend()).backend : backend;
  return chosen === "wgsl" ? openWgsl({ precision, tiles }) : openAs({ threads, revectorize });
}
