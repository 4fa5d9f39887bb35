import type { DataSet } from "../core/data/source.ts";
import { loadImages } from "../core/data/sources/load.ts";
import { progress } from "./progress.ts";

/** Loads a data set with a bar for each phase; says which images had to be left out. */
export async function load(title: string, paths: string[]): Promise<DataSet> {
  let bar: ReturnType<typeof progress> | undefined;
  let shown: string | undefined;
  try {
    const images = await loadImages(paths, {
      onProgress(done, total, phase) {
        if (shown !== phase) {
          bar?.stop();
          bar = progress(phase === "headers" ? `${title}: headers` : title, total, { unit: "img" });
          shown = phase;
        }
        bar?.update(done);
      },
    });
    bar?.stop();
    for (const { name, reason } of images.skipped) console.error(`skipped ${name}: ${reason}`);
    return images;
  } finally {
    bar?.stop();
  }
}
