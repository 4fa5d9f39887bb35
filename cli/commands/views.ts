import { dirname } from "node:path";
import { Command } from "commander";
import { pngEncoder } from "../../core/data/sources/pngEncoder.ts";
import { parseSetting, resolveConfig } from "../../core/train/config.ts";
import { makeFolder, writeAtomically } from "../../core/train/files.ts";
import { previewViews } from "../../core/train/preview.ts";
import { readRecipe } from "../../core/train/recipe.ts";
import { backendOption, type Choice, collect, count, threadsOption } from "../backend.ts";
import { load } from "../data.ts";
import { UsageError } from "../exit.ts";
import { viewGrid } from "../pictures/viewGrid.ts";
import { openTuned } from "../tiles.ts";

interface Options {
  data: string[];
  out: string;
  images: number;
  views: number;
  set: string[];
  backend: Choice;
  threads?: number;
}

const notes = `
Examples:
  ssl-edge views simclr-cifar10 --data train.tar --out views.png
  ssl-edge views simclr-cifar10 --data photos/ --out views.png --set views.0.size=96 --set views.0.crop.scale=[0.5,1]

A row an image, the original first: the first images of the first epoch, by the draws and the ops of training itself.
Colours are shown as they are before they are normalised; where the encoder sees edges instead (encoder.sobel), how strong they are.
A recipe of several kinds of views shows one of each; of rotation all four turns of a view are shown.`;

export const views = () =>
  new Command("views")
    .description("Draw what a recipe shows of images, to find mistakes of augmentation by looking.")
    .argument("<recipe>", "a recipe's name, or a .json file")
    .requiredOption("--data <path...>", "tar archives, folders or globs of images")
    .requiredOption("--out <file>", "a .png file")
    .option("--images <n>", "rows", count, 8)
    .option("--views <n>", "of each image", count, 8)
    .option("--set <key.path=value>", "any setting of the recipe; may be repeated", collect, [])
    .addOption(backendOption())
    .addOption(threadsOption())
    .addHelpText("after", notes)
    .action(action);

async function action(recipe: string, options: Options): Promise<void> {
  const { data, out, images: rows, views: perImage, set } = options;
  if (!/\.png$/i.test(out)) throw new UsageError(`views: the file must end in .png; got ${out}`);
  const config = resolveConfig(await readRecipe(recipe), Object.fromEntries(set.map(parseSetting)));
  const images = await load("loading", data);
  const backend = await openTuned(options);
  try {
    const grid = viewGrid(await previewViews(backend, config, images, { count: rows, perImage }));
    await makeFolder("views", dirname(out));
    await writeAtomically("views", out, [(await pngEncoder())(grid.pixels, grid)]);
    console.error(`wrote ${out}, ${grid.width} x ${grid.height} pixels`);
  } finally {
    await backend.close();
  }
}
