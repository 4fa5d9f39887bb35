import { Command } from "commander";
import { parseSetting, resolveConfig } from "../../core/train/config.ts";
import { pretrain as run } from "../../core/train/pretrain.ts";
import { readRecipe, recipeNames } from "../../core/train/recipe.ts";
import { version } from "../../core/version.ts";
import { backendOption, type Choice, count, openChosen, threadsOption } from "../backend.ts";
import { load } from "../data.ts";
import { type Progress, progress } from "../progress.ts";

interface Options {
  data: string[];
  out: string;
  epochs?: number;
  batchSize?: number;
  seed?: string;
  backend: Choice;
  threads?: number;
  resume?: boolean;
  set: string[];
}

const examples = `
Examples:
  ssl-edge pretrain simclr-cifar10 --data train.tar --out runs/a
  ssl-edge pretrain simclr-cifar10 --data 'shards/*.tar' --out runs/a --set encoder.width=16 --epochs 20
  ssl-edge pretrain simclr-cifar10 --data photos/ --out runs/a --resume
  ssl-edge pretrain mine.json --data photos/ --out runs/b --set optimizer.parameters.0.decay=0 --set norm.group=null

--set reaches elements of lists by number; null removes. ssl-edge recipes tells what recipes are, and shows them.

Images are JPEG, PNG or WebP files of one size, in tar archives or folders, or CIFAR's binary files. The run's folder holds config.json,
metrics.jsonl (one line a step) and checkpoints/ (safetensors, one at the end of each epoch).`;

export const pretrain = () =>
  new Command("pretrain")
    .description("Pretrain an encoder on images without labels.")
    .argument("<recipe>", "a recipe's name, or a .json file")
    .requiredOption("--data <path...>", "tar archives, folders or globs of images")
    .requiredOption("--out <dir>", "folder of the run")
    .option("--epochs <n>", "passes over the data", count)
    .option("--batch-size <n>", "images a step", count)
    .option("--seed <n>", "of all that is random")
    .addOption(backendOption())
    .addOption(threadsOption())
    .option("--resume", "go on from the latest checkpoint in --out")
    .option("--set <key.path=value>", "any other setting of the recipe; may be repeated", collect, [])
    .addHelpText("after", examples)
    .addHelpText("after", () => `\nRecipes: ${recipeNames().join(", ")}`)
    .action(action);

function collect(value: string, earlier: string[]): string[] {
  return [...earlier, value];
}

async function action(recipe: string, options: Options): Promise<void> {
  const flags = {
    epochs: options.epochs,
    batchSize: options.batchSize,
    seed: options.seed && Number(options.seed),
  };
  const overrides = Object.entries(flags).flatMap(([key, value]) =>
    value === undefined ? [] : [{ path: [key], value }],
  );
  const config = resolveConfig(await readRecipe(recipe), [...overrides, ...options.set.map(parseSetting)]);
  const images = await load("loading", options.data);
  const backend = await openChosen(options.backend, options.threads);
  let bar: Progress | undefined;
  let started = performance.now();
  try {
    const training = await run({
      ...{ config, images, backend, version },
      out: options.out,
      resume: options.resume,
      onStart(training) {
        const { parameters, steps, perEpoch, step } = training;
        const about = Object.entries(backend.description).map(([key, value]) => `${key} ${value}`);
        console.error(
          `${config.method.name}: ${images.count} images, ${parameters} parameters, ${perEpoch} steps an epoch`,
        );
        console.error(`backend ${backend.name}: ${about.join(", ")}`);
        if (step) console.error(`resuming at step ${step}`);
        started = performance.now();
        bar = progress("training", steps, { unit: "img", perStep: config.batchSize, from: step });
      },
      onStep(training, latest) {
        const epoch = Math.ceil(training.step / training.perEpoch);
        bar?.update(
          training.step,
          latest && `epoch ${epoch}/${config.epochs}  loss ${latest.loss.toFixed(4)}`,
        );
      },
    });
    bar?.stop();
    const minutes = (performance.now() - started) / 60000;
    console.error(
      `done: ${training.step} steps, ${minutes.toFixed(1)} minutes; next: ssl-edge eval knn ${options.out} --train <data> --test <data>`,
    );
  } finally {
    bar?.stop();
    await backend.close();
  }
}
