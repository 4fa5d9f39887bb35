import type { Backend } from "../backend.ts";
import { centreBox, centreBoxes } from "../data/boxes.ts";
import type { DataSet } from "../data/source.ts";
import { showWhole, type ViewConfig } from "../data/views.ts";
import type { Memory } from "../memory.ts";
import type { Nets } from "../methods/index.ts";
import { type Encoder, frozen } from "../nn/index.ts";
import type { Extents } from "../ops/augmentation.ts";
import { BOX } from "../ops/crop.ts";
import { crop, mean, normalizeColor } from "../ops/index.ts";
import { compile } from "../program.ts";
import { size } from "../shape.ts";
import { input, state, type Tensor } from "../tensor.ts";
import type { NormalizeConfig } from "./augment.ts";
import { type Shown, sourceExtents, viewExtents } from "./shown.ts";

/** Images that pass the encoder at once. */
const BATCH = 256;

/** Segments of the program. */
const [ONCE, BATCHWISE] = [0, 1];

/** Of an image's shorter side, what is looked at: torchvision's Resize(256) and CenterCrop(224). */
const CENTRE = 224 / 256;

/** What an encoder, or one of its layers, makes of a set: one row an image. */
export interface FeatureRows {
  values: Float32Array<ArrayBuffer>; // [count, dimension]
  count: number;
  dimension: number;
  index: Uint32Array; // [count]: which image each row is of
}

export interface Progress {
  /** After each batch; in images. */
  onProgress?(done: number, total: number): void;
}

/** The network that is evaluated. */
export function encoderIn({ encoder }: Nets, method: string): Encoder {
  if (!encoder || !("layers" in encoder)) throw new Error(`features: ${method} has no encoder of that name`);
  return encoder as Encoder; // nothing else has layers
}

/** An encoder compiled for use; its parameters are whatever `memory` holds when it runs. */
export interface FeatureProgram {
  /** Features by layer of the indexed images, or of all; of the size that it was compiled for. */
  of(images: DataSet, options?: Progress & { index?: Uint32Array }): Promise<Map<string, FeatureRows>>;
  free(): void;
}

export interface FeatureOptions {
  /** The images to come, or others of the same size. */
  images: Shown;
  /** What the encoder is used to see. */
  view: ViewConfig;
  normalize: NormalizeConfig;
  /** Names of layers; all where nothing is said. */
  layers?: readonly string[];
  /** Images that pass at once. */
  batch?: number;
}

/**
 * Compiles an encoder to read features with: running statistics, means over the pixels of inner layers. It sees whole images
 * where views have no size of their own; else the square at the centre whose side is 7/8 of the shorter one, resized.
 */
export async function compileFeatures(
  backend: Backend,
  memory: Memory,
  encoder: Encoder,
  { images, view, normalize, layers, batch = BATCH }: FeatureOptions,
): Promise<FeatureProgram> {
  const extents = sourceExtents(view, images, "use");
  const pixels = input([batch, extents.height, extents.width, 3], "u8");
  const places = input([batch], "u32");
  const boxes = input([batch, BOX]);
  const x = normalizeColor(crop(pixels, places, boxes, viewExtents(view, images)), normalize);
  const mode = frozen();
  const all = encoder.layers(x, mode);
  const wanted = (layers ?? Object.keys(all)).map((name): [string, Tensor, Tensor] => {
    if (!Object.hasOwn(all, name))
      throw new Error(`features: there is no layer ${name}; there is ${Object.keys(all).join(", ")}`);
    const h = all[name];
    const value = h.shape.length > 2 ? mean(h, { from: 1, to: h.shape.length - 1 }) : h; // [batch, C]
    return [name, state(value.shape), value];
  });
  const results = wanted.map(([, target, value]) => ({ target, value }));
  const program = await compile(backend, memory, [mode.kept, results]);
  memory.write(places, upTo(batch));
  memory.write(boxes, boxesOf(batch, images, view, extents));

  const bytes = size(pixels.shape) / batch;
  const chunk = new Uint8Array(batch * bytes);

  /** Puts images into the chunk; resolves to which they are. */
  async function fetch(images: DataSet, index: Uint32Array): Promise<Uint32Array> {
    if ("cut" in images) {
      const boxes = centreBoxes(index, images.sizes, CENTRE);
      return images.cut(index, [{ boxes, ...extents, pixels: chunk.subarray(0, index.length * bytes) }]);
    }
    for (const [i, n] of index.entries())
      chunk.set(images.pixels.subarray(n * bytes, (n + 1) * bytes), i * bytes);
    return index;
  }

  return {
    async of(images, { index = upTo(images.count), onProgress } = {}) {
      const count = index.length;
      const shown = new Uint32Array(count);
      const found = wanted.map(([name, { shape }]): [string, FeatureRows] => {
        const dimension = shape[1];
        return [name, { values: new Float32Array(count * dimension), count, dimension, index: shown }];
      });
      await program.run(ONCE); // parameters may have changed since
      let next = fetch(images, index.subarray(0, batch));
      for (let first = 0; first < count; first += batch) {
        shown.set(await next, first);
        memory.write(pixels, chunk);
        const rest = index.subarray(first + batch, first + 2 * batch);
        if (rest.length) next = fetch(images, rest); // while the device computes
        next.catch(() => {}); // heard of when it is awaited
        await program.run(BATCHWISE);
        for (const [i, [, { values, dimension }]] of found.entries()) {
          const read = (await memory.read(wanted[i][1])) as Float32Array;
          const own = Math.min(batch, count - first);
          values.set(read.subarray(0, own * dimension), first * dimension);
        }
        onProgress?.(Math.min(first + batch, count), count);
      }
      return new Map(found);
    },
    free: program.free,
  };
}

/** 0 .. count - 1 */
export const upTo = (count: number) => Uint32Array.from({ length: count }, (_, i) => i);

/** The rows of `crop` by which images are looked at: as they are cut, or whole, or at their centre. */
function boxesOf(
  count: number,
  images: Shown,
  view: ViewConfig,
  extents: Extents,
): Float32Array<ArrayBuffer> {
  const rows = new Float32Array(count * BOX);
  showWhole(rows, extents);
  if (images.height === undefined || view.size === undefined) return rows;
  const { top, left, height, width } = centreBox(extents.height, extents.width, CENTRE);
  for (let at = 0; at < rows.length; at += BOX) rows.set([top, left, height, width], at);
  return rows;
}
