import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Backend } from "../core/backend.ts";
import type { ImageSet } from "../core/data/source.ts";
import { pngEncoder } from "../core/data/sources/pngEncoder.ts";
import { type Features, knn } from "../core/eval/knn.ts";
import { tsne } from "../core/eval/tsne.ts";
import { type Checkpoint, readCheckpoint } from "../core/train/checkpoint.ts";
import type { RunConfig } from "../core/train/config.ts";
import { labelledFeatures } from "../core/train/extractFeatures.ts";
import { writeAtomically } from "../core/train/files.ts";
import { type PretrainOptions, pretrain } from "../core/train/pretrain.ts";
import { previewViews } from "../core/train/preview.ts";
import { scatter } from "./pictures/scatter.ts";
import { viewGrid } from "./pictures/viewGrid.ts";

/** Neighbours that vote: of the field's online kNN, as the monitor has it. */
export const K = 20;

export interface QuickstartOptions extends Pick<PretrainOptions, "onStart" | "onStep"> {
  config: RunConfig;
  /** Pretrained on; its labels serve kNN alone. */
  train: ImageSet;
  /** Other images of the same classes, which are measured and mapped: at most a thousand or two. */
  test: ImageSet;
  backend: Backend;
  /** Folder of the run and the pictures. */
  out: string;
  /** Told what is done next. */
  say?(what: string): void;
}

/** Shares of the test images that kNN tells right, and where the pictures lie. */
export interface QuickstartResult {
  untrained: number;
  trained: number;
  map: string;
  views: string;
}

/** Throws where a folder holds anything. */
export async function checkUnused(out: string): Promise<void> {
  const held = await readdir(out).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw new Error(`quickstart: ${out} cannot be read: ${error.message}`, { cause: error });
  });
  if (held.length)
    throw new Error(`quickstart: ${out} holds ${held[0]} already; remove it, or choose another --out`);
}

/**
 * What pretraining does, from beginning to end: draws a picture of what the network is shown, measures the untrained
 * encoder, trains it, measures it again and maps what both make of the test images.
 *
 *     <out>/views.png, embeddings.svg, and the run: config.json, metrics.jsonl, checkpoints/
 *
 * Throws where `out` holds anything.
 */
export async function quickstart(options: QuickstartOptions): Promise<QuickstartResult> {
  const { config, train, test, backend, out, say, onStart, onStep } = options;
  await checkUnused(out);
  await mkdir(out, { recursive: true });
  const views = join(out, "views.png");
  const grid = viewGrid(await previewViews(backend, config, train, { perImage: 8 }));
  await writeAtomically("quickstart", views, [(await pngEncoder())(grid.pixels, grid)]);

  const measured = async (from?: Checkpoint): Promise<{ features: Features; accuracy: number }> => {
    const known = await labelledFeatures(backend, config, train, from);
    const features = await labelledFeatures(backend, config, test, from);
    return { features, accuracy: await knn(backend, known, features, { k: K, temperature: 0.07 }) };
  };
  say?.("measuring the untrained encoder");
  const before = await measured();
  (await pretrain({ config, images: train, backend, out, onStart, onStep })).free();
  say?.("measuring the trained encoder");
  const after = await measured(await readCheckpoint(out));

  say?.("mapping the embeddings");
  const map = join(out, "embeddings.svg");
  const panel = (title: string, { features, accuracy }: typeof before) => ({
    title: `${title}: ${percent(accuracy)} by kNN`,
    points: tsne(unit(features), { seed: config.seed, perplexity: Math.min(30, (features.count - 1) / 3) }),
    labels: features.labels,
  });
  const picture = scatter(
    `What the encoder makes of ${test.count} images that it never saw`,
    "t-SNE of the embeddings; the colours are the classes, of which training knew nothing",
    test.classes,
    [panel("Untrained", before), panel(`After ${config.epochs} epochs`, after)],
  );
  await writeAtomically("quickstart", map, [new TextEncoder().encode(picture)]);
  return { untrained: before.accuracy, trained: after.accuracy, map, views };
}

export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** Rows at unit length, as kNN compares them. */
function unit({ values, count, dimension }: Features): Pick<Features, "values" | "count" | "dimension"> {
  const rows = values.slice();
  for (let at = 0; at < rows.length; at += dimension) {
    let sum = 0;
    for (let k = at; k < at + dimension; k++) sum += rows[k] * rows[k];
    for (let k = at; k < at + dimension; k++) rows[k] /= Math.sqrt(sum) || 1;
  }
  return { values: rows, count, dimension };
}
