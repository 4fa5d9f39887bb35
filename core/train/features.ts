import type { Backend } from "../backend.ts";
import type { ImageSet } from "../data/source.ts";
import { Memory } from "../memory.ts";
import { stateOf } from "../methods/index.ts";
import { inference } from "../nn/index.ts";
import { BOX, Box } from "../ops/crop.ts";
import { crop, normalizeColor } from "../ops/index.ts";
import { compile } from "../program.ts";
import { input, state } from "../tensor.ts";
import { viewExtents } from "./augment.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { methodOf, type RunConfig } from "./config.ts";
import { encoderOf } from "./encoder.ts";
import { importState, initialise } from "./state.ts";

/** Images that pass the encoder at once. */
const BATCH = 256;

export interface ExtractOptions {
  /** After each batch; in images. */
  onProgress?(done: number, total: number): void;
}

/**
 * Features of whole images by the run's encoder, by running statistics: of a checkpoint, or untrained as the run began.
 *
 *     images [count, H, W, 3] -> [count, dimension]
 */
export async function extractFeatures(
  backend: Backend,
  config: RunConfig,
  images: ImageSet,
  from?: Checkpoint,
  { onProgress }: ExtractOptions = {},
): Promise<{ values: Float32Array<ArrayBuffer>; count: number; dimension: number }> {
  const { method, settings } = methodOf(config);
  const view = viewExtents(config.views[0], images);
  const nets = method.build(() => encoderOf(config, view), settings);
  const { encoder } = nets;
  if (!encoder || !("state" in encoder))
    throw new Error(`features: ${method.name} has no network named encoder`);

  const memory = new Memory(backend);
  const pixels = input([BATCH, images.height, images.width, 3], "u8");
  const index = input([BATCH], "u32");
  const rows = input([BATCH, BOX]);
  const x = normalizeColor(crop(pixels, index, rows, view), config.normalize);
  const h = encoder(x, inference); // [BATCH, D]
  const features = state(h.shape);
  const program = await compile(backend, memory, [[{ target: features, value: h }]]);
  try {
    const tree = { encoder: stateOf(nets).encoder };
    if (from) importState(memory, tree, from.tensors);
    else initialise(memory, tree, config.seed);
    memory.write(
      index,
      Uint32Array.from({ length: BATCH }, (_, i) => i),
    );
    memory.write(rows, wholeImages(images));

    const dimension = h.shape[1];
    const values = new Float32Array(images.count * dimension);
    const bytes = images.height * images.width * 3;
    const batch = new Uint8Array(BATCH * bytes);
    for (let first = 0; first < images.count; first += BATCH) {
      const count = Math.min(BATCH, images.count - first);
      batch.set(images.pixels.subarray(first * bytes, (first + count) * bytes));
      memory.write(pixels, batch);
      await program.run();
      const read = (await memory.read(features)) as Float32Array;
      values.set(read.subarray(0, count * dimension), first * dimension);
      onProgress?.(first + count, images.count);
    }
    return { values, count: images.count, dimension };
  } finally {
    program.free();
    memory.free();
  }
}

/** Rows that crop nothing away and change nothing. */
function wholeImages({ height, width }: ImageSet): Float32Array<ArrayBuffer> {
  const rows = new Float32Array(BATCH * BOX);
  for (let i = 0; i < BATCH; i++) {
    rows[i * BOX + Box.height] = height;
    rows[i * BOX + Box.width] = width;
  }
  return rows;
}
