import type { ImageSet } from "../core/data/source.ts";
import { loadImages } from "../core/data/sources/load.ts";
import { progress } from "./progress.ts";

/** Loads a data set with a bar; says which images had to be left out. */
export async function load(title: string, paths: string[]): Promise<ImageSet> {
  let bar: ReturnType<typeof progress> | undefined;
  try {
    const images = await loadImages(paths, {
      onProgress(done, total) {
        bar ??= progress(title, total, { unit: "img" });
        bar.update(done);
      },
    });
    for (const { name, reason } of images.skipped) console.error(`skipped ${name}: ${reason}`);
    return images;
  } finally {
    bar?.stop();
  }
}
