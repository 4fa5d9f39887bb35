import type { Backend } from "../backend.ts";
import type { ImageSet } from "../data/source.ts";
import type { ViewConfig } from "../data/views.ts";
import { Memory } from "../memory.ts";
import type { Method, Nets } from "../methods/index.ts";
import { type Encoder, inference } from "../nn/index.ts";
import { BOX, Box } from "../ops/crop.ts";
import { crop, mean, normalizeColor } from "../ops/index.ts";
import { compile } from "../program.ts";
import { input, state, type Tensor } from "../tensor.ts";
import { type NormalizeConfig, viewExtents } from "./augment.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { methodOf, type RunConfig } from "./config.ts";
import { encoderOf } from "./encoder.ts";
import { importState, initialise } from "./state.ts";

/** Images that pass the encoder at once. */
const BATCH = 256;

/** What an encoder, or one of its layers, makes of a set: one row an image. */
export interface FeatureRows {
  values: Float32Array<ArrayBuffer>; // [count, dimension]
  count: number;
  dimension: number;
}

interface Progress {
  /** After each batch; in images. */
  onProgress?(done: number, total: number): void;
}

export interface ExtractOptions extends Progress {
  /** The method, where it is none of the package's. */
  method?: Method;
}

/**
 * Features of whole images by the run's encoder, by running statistics: of a checkpoint, or untrained as the run began.
 *
 *     images [count, H, W, 3] -> [count, dimension]
 *
 * `layer` names one of the encoder's layers instead of its output. Throws where there is none of that name.
 */
export async function extractFeatures(
  backend: Backend,
  config: RunConfig,
  images: ImageSet,
  from?: Checkpoint,
  { layer = "output", ...options }: ExtractOptions & { layer?: string } = {},
): Promise<FeatureRows> {
  return (await extractLayers(backend, config, images, from, { layers: [layer], ...options })).get(layer)!;
}

/** As `extractFeatures`, of several layers in one pass, by name: of all where none are named. */
export async function extractLayers(
  backend: Backend,
  config: RunConfig,
  images: ImageSet,
  from?: Checkpoint,
  { layers, method: own, onProgress }: ExtractOptions & { layers?: readonly string[] } = {},
): Promise<Map<string, FeatureRows>> {
  const { method, settings } = methodOf(config, own);
  const view = viewExtents(config.views[0], images);
  const nets = method.build(() => encoderOf(config, view), settings, { samples: images.count });
  const memory = new Memory(backend);
  try {
    const encoder = encoderIn(nets, method.name);
    const program = await compileFeatures(backend, memory, encoder, {
      ...{ images, view: config.views[0], normalize: config.normalize, layers },
    });
    try {
      const tree = { encoder: encoder.state };
      if (from) importState(memory, tree, from.tensors);
      else initialise(memory, tree, config.seed);
      return await program.of(images, { onProgress });
    } finally {
      program.free();
    }
  } finally {
    memory.free();
  }
}

/** The network that is evaluated. */
export function encoderIn({ encoder }: Nets, method: string): Encoder {
  if (!encoder || !("layers" in encoder)) throw new Error(`features: ${method} has no encoder of that name`);
  return encoder as Encoder; // nothing else has layers
}

/** An encoder compiled for use; its parameters are whatever `memory` holds when it runs. */
export interface FeatureProgram {
  /** Features by layer, of images of the size that it was compiled for. */
  of(images: Pick<ImageSet, "pixels" | "count">, options?: Progress): Promise<Map<string, FeatureRows>>;
  free(): void;
}

export interface FeatureOptions {
  /** Height and width of the images to come. */
  images: { height: number; width: number };
  /** What the encoder is used to see. */
  view: ViewConfig;
  normalize: NormalizeConfig;
  /** Names of layers; all where nothing is said. */
  layers?: readonly string[];
  /** Images that pass at once. */
  batch?: number;
}

/** Compiles an encoder to read features with: whole images, running statistics, means over the pixels of inner layers. */
export async function compileFeatures(
  backend: Backend,
  memory: Memory,
  encoder: Encoder,
  { images: { height, width }, view, normalize, layers, batch = BATCH }: FeatureOptions,
): Promise<FeatureProgram> {
  const pixels = input([batch, height, width, 3], "u8");
  const index = input([batch], "u32");
  const rows = input([batch, BOX]);
  const extents = viewExtents(view, { height, width });
  const x = normalizeColor(crop(pixels, index, rows, extents), normalize);
  const all = encoder.layers(x, inference);
  const wanted = (layers ?? Object.keys(all)).map((name): [string, Tensor, Tensor] => {
    if (!Object.hasOwn(all, name))
      throw new Error(`features: there is no layer ${name}; there is ${Object.keys(all).join(", ")}`);
    const h = all[name];
    const value = h.shape.length > 2 ? mean(h, { from: 1, to: h.shape.length - 1 }) : h; // [batch, C]
    return [name, state(value.shape), value];
  });
  const program = await compile(backend, memory, [wanted.map(([, target, value]) => ({ target, value }))]);
  memory.write(
    index,
    Uint32Array.from({ length: batch }, (_, i) => i),
  );
  memory.write(rows, wholeImages(batch, { height, width }));

  const bytes = height * width * 3;
  const chunk = new Uint8Array(batch * bytes);
  return {
    async of(images, { onProgress } = {}) {
      const found = wanted.map(([name, { shape }]): [string, FeatureRows] => {
        const [count, dimension] = [images.count, shape[1]];
        return [name, { values: new Float32Array(count * dimension), count, dimension }];
      });
      for (let first = 0; first < images.count; first += batch) {
        const count = Math.min(batch, images.count - first);
        chunk.set(images.pixels.subarray(first * bytes, (first + count) * bytes));
        memory.write(pixels, chunk);
        await program.run();
        for (const [i, [, { values, dimension }]] of found.entries()) {
          const read = (await memory.read(wanted[i][1])) as Float32Array;
          values.set(read.subarray(0, count * dimension), first * dimension);
        }
        onProgress?.(first + count, images.count);
      }
      return new Map(found);
    },
    free: program.free,
  };
}

/** Rows that crop nothing away and change nothing. */
function wholeImages(
  count: number,
  { height, width }: { height: number; width: number },
): Float32Array<ArrayBuffer> {
  const rows = new Float32Array(count * BOX);
  for (let i = 0; i < count; i++) {
    rows[i * BOX + Box.height] = height;
    rows[i * BOX + Box.width] = width;
  }
  return rows;
}
