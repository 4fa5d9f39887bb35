import { Command } from "commander";
import { parseSetting, resolveConfig } from "../../core/train/config.ts";
import { pretrain as run } from "../../core/train/pretrain.ts";
import { readRecipe, recipeNames } from "../../core/train/recipe.ts";
import { withBackend } from "../../core/train/withBackend.ts";
import { type Backend, openBackend } from "../../index.ts";
import { backendOption, type Choice, count, threadsOption } from "../backend.ts";
import { load, tellSkipped } from "../data.ts";
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
  monitor?: string[];
  monitorEvery: number;
  alarms: boolean;
}

const examples = `
Examples:
  ssl-edge pretrain simclr-cifar10 --data train.tar --out runs/a
  ssl-edge pretrain simclr-cifar10 --data 'shards/*.tar' --out runs/a --set encoder.width=16 --epochs 20
  ssl-edge pretrain simclr-photos --data photos/ --out runs/a --resume
  ssl-edge pretrain mine.json --data photos/ --out runs/b --set optimizer.parameters.0.decay=0 --set norm.group=null

--set reaches elements of lists by number; null removes. ssl-edge recipes tells what recipes are, and shows them.

Images are JPEG, PNG or WebP files of any size, in tar archives or folders, or CIFAR's binary files. The run's folder holds config.json,
metrics.jsonl (one line a step) and checkpoints/ (safetensors, one at the end of each epoch).

Every 100 steps and at each epoch's end a line of metrics also tells std, rank, alignment and uniformity of the embeddings;
with --monitor, an epoch's last line tells knn: every second image by the others (k 20, temperature 0.07; 10,000 at most).`;

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
    .option("--monitor <path...>", "labelled images whose kNN accuracy is told at each epoch's end")
    .option("--monitor-every <epochs>", "epochs from one look to the next", count, 1)
    .option("--no-alarms", "go on where the loss is no number any more, or embeddings have collapsed")
    .addHelpText("after", examples)
    .addHelpText("after", () => `\nRecipes: ${recipeNames().join(", ")}`)
    .action(action);

/** A number where it is one, else the text, which the config then refuses by its name. */
const wholeNumber = (text?: string) => (text !== undefined && /^\d+$/.test(text) ? Number(text) : text);

function collect(value: string, earlier: string[]): string[] {
  return [...earlier, value];
}

async function action(recipe: string, options: Options): Promise<void> {
  const { epochs, batchSize, seed } = options;
  const flags = { epochs, batchSize, seed: wholeNumber(seed) };
  const given = Object.entries(flags).filter(([, value]) => value !== undefined);
  const settings = Object.fromEntries([...given, ...options.set.map(parseSetting)]);
  const config = resolveConfig(await readRecipe(recipe), settings);
  const images = await load("loading", options.data);
  const monitor = options.monitor && {
    images: await load("loading monitor", options.monitor),
    every: options.monitorEvery,
  };
  const told = images.skipped.length;
  let bar: Progress | undefined;
  let knn = ""; // as it was last
  let started = performance.now();
  const open = () => openBackend(options);
  const train = (backend: Backend, again: boolean) =>
    run({
      ...{ config, images, backend, monitor, alarms: options.alarms },
      out: options.out,
      resume: options.resume || again,
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
        if (latest?.knn !== undefined) {
          knn = `  kNN ${(100 * latest.knn).toFixed(2)} %`;
          bar?.say(`epoch ${epoch}/${config.epochs}  loss ${latest.loss.toFixed(4)}${knn}`);
        }
        bar?.update(
          training.step,
          latest && `epoch ${epoch}/${config.epochs}  loss ${latest.loss.toFixed(4)}${knn}`,
        );
      },
    }).finally(() => bar?.stop());
  const { step } = await withBackend(open, train, {
    onLoss: ({ message }) => console.error(`${message}; going on from the last checkpoint, on a new device`),
  });
  tellSkipped(images, told);
  const minutes = (performance.now() - started) / 60000;
  console.error(
    `done: ${step} steps, ${minutes.toFixed(1)} minutes; next: ssl-edge eval knn ${options.out} --train <data> --test <data>`,
  );
}
