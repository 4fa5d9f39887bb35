import type { Backend } from "../backend.ts";
import type { DataSet } from "../data/source.ts";
import type { Features } from "../eval/features.ts";
import { scoped } from "../freeing.ts";
import { Memory } from "../memory.ts";
import type { Method } from "../methods/index.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { methodOf, type RunConfig } from "./config.ts";
import { encoderOf } from "./encoder.ts";
import { compileFeatures, encoderIn, type FeatureRows, type Progress, upTo } from "./features.ts";
import { viewExtents } from "./shown.ts";
import { importState, initialise } from "./state.ts";

/** What is looked at, and how far one is. */
export interface ExtractOptions extends Progress {
  /** The method, where it is none of the package's. */
  method?: Method;
}

/**
 * Features of images by the run's encoder, as `compileFeatures` has it: of a checkpoint, or untrained as the run began.
 *
 *     images -> [count, dimension], a row an image; none of images that prove damaged
 *
 * `layer` names one of the encoder's layers instead of its output. Throws where there is none of that name.
 */
export async function extractFeatures(
  backend: Backend,
  config: RunConfig,
  images: DataSet,
  from?: Checkpoint,
  { layer = "output", ...options }: ExtractOptions & { layer?: string } = {},
): Promise<FeatureRows> {
  return (await extractLayers(backend, config, images, from, { layers: [layer], ...options })).get(layer)!;
}

/** As `extractFeatures`, of several layers in one pass, by name: of all where none are named. */
export async function extractLayers(
  backend: Backend,
  config: RunConfig,
  images: DataSet,
  from?: Checkpoint,
  { layers, method: own, onProgress }: ExtractOptions & { layers?: readonly string[] } = {},
): Promise<Map<string, FeatureRows>> {
  const { method, settings } = methodOf(config, own);
  const view = viewExtents(config.views[0], images, "use");
  const nets = method.build(() => encoderOf(config, view), settings, { samples: images.count });
  using memory = scoped(new Memory(backend));
  const encoder = encoderIn(nets, method.name);
  using program = scoped(
    await compileFeatures(backend, memory, encoder, {
      ...{ images, view: config.views[0], normalize: config.normalize, layers },
    }),
  );
  const tree = { encoder: encoder.state };
  if (from) importState(memory, tree, from.tensors);
  else initialise(memory, tree, config.seed);
  return withoutReplaced(await program.of(images, { onProgress }));
}

/** Rows of the images that were asked for, all in order: what was shown in place of a damaged one goes. */
function withoutReplaced(layers: Map<string, FeatureRows>): Map<string, FeatureRows> {
  const own = (rows: FeatureRows): FeatureRows => {
    const { values, dimension, index } = rows;
    const kept = upTo(rows.count).filter((i) => index[i] === i);
    if (kept.length === rows.count) return rows;
    const left = new Float32Array(kept.length * dimension);
    for (const [to, i] of kept.entries())
      left.set(values.subarray(i * dimension, (i + 1) * dimension), to * dimension);
    return { values: left, count: kept.length, dimension, index: kept };
  };
  return new Map([...layers].map(([name, rows]) => [name, own(rows)]));
}

/** As `extractFeatures`, with the images' labels: what protocols measure. Throws where images have none. */
export async function labelledFeatures(
  backend: Backend,
  config: RunConfig,
  images: DataSet,
  from?: Checkpoint,
  { layer = "output", ...options }: ExtractOptions & { layer?: string } = {},
): Promise<Features> {
  return (await labelledLayers(backend, config, images, from, { layers: [layer], ...options })).get(layer)!;
}

/** Labels of images that are measured. Throws where they have none; `given` is how they came, as an option's name. */
export function labelsOf({ labels }: DataSet, given?: string): Uint32Array {
  if (labels) return labels;
  const which = given ? `eval: ${given}` : "eval";
  throw new Error(`${which}: these images have no labels; a label is the folder that an image lies in`);
}

/** As `extractLayers`, with the images' labels. Throws where images have none. */
export async function labelledLayers(
  backend: Backend,
  config: RunConfig,
  images: DataSet,
  from?: Checkpoint,
  options: ExtractOptions & { layers?: readonly string[] } = {},
): Promise<Map<string, Features>> {
  const [labels, { classes }] = [labelsOf(images), images];
  const found = await extractLayers(backend, config, images, from, options);
  const labelled = (rows: FeatureRows): Features => ({
    ...rows,
    labels: rows.index.map((image) => labels[image]),
    classes,
  });
  return new Map([...found].map(([name, rows]) => [name, labelled(rows)]));
}
