import type { DataSet } from "../core/data/source.ts";
import { loadImages } from "../core/data/sources/load.ts";
import { passedOverLine } from "../core/data/sources/passedOver.ts";
import { oneLine } from "../core/oneLine.ts";
import { progress } from "./progress.ts";

/** Says which images have been left out since `told` of them were told, and how many they are. */
export function tellSkipped({ skipped }: DataSet, told = 0): void {
  if (skipped.length === told) return;
  for (const { name, reason } of skipped.slice(told)) console.error(`skipped ${oneLine(name)}: ${reason}`);
  console.error(
    `${skipped.length} skipped; more than 1 % of the images, and more than one, would be an error`,
  );
}

/** Loads a data set with a bar for each phase; says which images had to be left out, and what was passed over. */
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
    tellSkipped(images);
    if (images.passedOver?.count) console.error(passedOverLine(images.passedOver));
    return images;
  } finally {
    bar?.stop();
  }
}
