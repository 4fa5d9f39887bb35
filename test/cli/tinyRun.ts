/** What the command line works on in tests: archives of drawings, and a small run. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pretrain } from "../../core/train/pretrain.ts";
import { openBackend } from "../../core-as/node.ts";
import { tarOf } from "../core/data/archives.ts";
import type { Drawing } from "../core/data/images.ts";
import { pngOf } from "../core/data/images.ts";
import { noise, tiny } from "../core/train/runs.ts";

/** An archive of PNGs in a folder. */
export async function archive(
  folder: string,
  name: string,
  images: Record<string, Drawing>,
): Promise<string> {
  const members = Object.entries(images).map(async ([path, image]) => ({
    name: path,
    data: await pngOf(image),
  }));
  const file = join(folder, name);
  writeFileSync(file, tarOf(...(await Promise.all(members))));
  return file;
}

/** A run of one epoch on noise of 8 x 8 pixels: its folder. */
export async function tinyRun(folder: string): Promise<string> {
  const out = join(folder, "run");
  const backend = await openBackend({ threads: 1 });
  try {
    await pretrain({ config: tiny({ epochs: 1 }), images: noise(64), backend, out });
  } finally {
    await backend.close();
  }
  return out;
}
