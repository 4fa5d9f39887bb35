import type { Backend } from "../core/backend.ts";
import type { ImageSet } from "../core/data/source.ts";
import { loadImages } from "../core/data/sources/load.ts";
import { stream } from "../core/random.ts";
import { type RunConfig, resolveConfig } from "../core/train/config.ts";
import { readRecipe } from "../core/train/recipe.ts";

/** Images of noise, 32 x 32. */
function randomImages(count: number): ImageSet {
  const random = stream(1, "bench", "images");
  const words = Uint32Array.from({ length: count * 32 * 8 * 3 }, () => random.u32());
  return {
    pixels: new Uint8Array(words.buffer),
    ...{ count, height: 32, width: 32 },
    names: Array.from({ length: count }, (_, i) => String(i).padStart(6, "0")),
    ...{ labels: undefined, classes: [], fingerprint: "random", skipped: [] },
  };
}

/** A GPU that a CPU plays would take minutes a step: it gets a quarter of the width and an eighth of the batch. */
export const sizesFor = ({ description }: Backend, { width, batch }: { width: number; batch: number }) =>
  description.software ? { width: width / 4, batch: batch / 8 } : { width, batch };

/** SimCLR as the recipe has it, at another width and batch, for at least so many steps. */
export async function simclr(
  data: string[] | undefined,
  { width, batch, steps, count }: { width: number; batch: number; steps: number; count: number },
): Promise<{ config: RunConfig; images: ImageSet }> {
  const images = data ? await loadImages(data) : randomImages(count);
  if (!("pixels" in images)) throw new Error("bench: --data takes images of one size, at most 1 GiB decoded");
  const epochs = Math.ceil(steps / Math.floor(images.count / batch));
  const settings = { "encoder.width": width, batchSize: batch, epochs };
  return { config: resolveConfig(await readRecipe("simclr-cifar10"), settings), images };
}
