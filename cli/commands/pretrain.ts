import { Command, Option } from "commander";
import type { DataSet } from "../../core/data/source.ts";
import { parseSetting, resolveConfig } from "../../core/train/config.ts";
import { checkRun, pretrain as run } from "../../core/train/pretrain.ts";
import { readRecipe, recipeNames } from "../../core/train/recipe.ts";
import { checkpointsOf } from "../../core/train/runFolder.ts";
import { withBackend } from "../../core/train/withBackend.ts";
import type { Backend } from "../../index.ts";
import { backendOption, type Choice, collect, count, threadsOption } from "../backend.ts";
import { load, tellSkipped } from "../data.ts";
import { Stopped } from "../exit.ts";
import { type Progress, progress } from "../progress.ts";
import { quoted } from "../shell.ts";
import { type Stopping, stopOnSignals } from "../signals.ts";
import { openTuned } from "../tiles.ts";
import { NEIGHBOURS } from "./eval/knn.ts";

interface Options {
  data: string[];
  out: string;
  epochs?: number;
  batchSize?: number;
  seed?: string;
  precision?: "f32" | "f16";
  backend: Choice;
  threads?: number;
  resume?: boolean;
  set: string[];
  monitor?: string[];
  monitorEvery: number;
  alarms: boolean;
  tfevents: boolean;
  json?: boolean;
}

const examples = `
Examples:
  ssl-edge pretrain simclr-cifar10 --data train.tar --out runs/a
  ssl-edge pretrain simclr-cifar10 --data 'shards/*.tar' --out runs/a --set encoder.width=16 --epochs 20
  ssl-edge pretrain simclr-photos --data photos/ --out runs/a --resume
  ssl-edge pretrain mine.json --data photos/ --out runs/b --set optimizer.parameters.0.decay=0 --set norm.group=null
  ssl-edge pretrain runs/b/config.json --data photos/ --out runs/c

--set reaches elements of lists by number; null removes. ssl-edge recipes tells what recipes are, and shows them;
a run's config.json repeats it.

Images are JPEG, PNG or WebP files of any size, in tar archives or folders, or CIFAR's binary files. The run's folder holds
config.json, metrics.jsonl (one line a step), the same for TensorBoard, and checkpoints/ (safetensors, one at the end of each epoch).

Ctrl-C (or SIGTERM) finishes the step, saves and exits with 130 (143); a second one exits at once. --resume goes on from there
and ends with the same bits. ssl-edge runs shows and compares runs.

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
    .addOption(
      new Option("--precision <type>", "f16: products of f16 operands, where the GPU has it").choices([
        "f32",
        "f16",
      ]),
    )
    .addOption(backendOption())
    .addOption(threadsOption())
    .option("--resume", "go on from the latest checkpoint in --out")
    .option("--set <key.path=value>", "any other setting of the recipe; may be repeated", collect, [])
    .option("--monitor <path...>", "labelled images whose kNN accuracy is told at each epoch's end")
    .option("--monitor-every <epochs>", "epochs from one look to the next", count, 1)
    .option("--no-alarms", "go on where the loss is no number any more, or embeddings have collapsed")
    .option("--no-tfevents", "write no events for TensorBoard")
    .option("--json", "print one JSON object at the end")
    .addHelpText("after", examples)
    .addHelpText("after", () => `\nRecipes: ${recipeNames().join(", ")}`)
    .action(action);

/** A number where it is one, else the text, which the config then refuses by its name. */
const wholeNumber = (text?: string) => (text !== undefined && /^\d+$/.test(text) ? Number(text) : text);

async function action(recipe: string, options: Options): Promise<void> {
  const { out, epochs, batchSize, seed, precision, alarms, tfevents, resume } = options;
  const flags = { epochs, batchSize, seed: wholeNumber(seed), precision };
  const given = Object.entries(flags).filter(([, value]) => value !== undefined);
  const settings = Object.fromEntries([...given, ...options.set.map(parseSetting)]);
  const config = resolveConfig(await readRecipe(recipe), settings);
  await checkRun({ config, out, resume }); // before images are read, which may take long
  const images = await load("loading", options.data);
  const monitor = options.monitor && {
    images: await load("loading monitor", options.monitor),
    every: options.monitorEvery,
  };
  const told = images.skipped.length;
  const controller = new AbortController();
  let stopping: Stopping | undefined; // before the first step there is nothing to save
  let bar: Progress | undefined;
  let [loss, knn]: (number | undefined)[] = []; // as they were last
  let started = performance.now();
  const open = () => openTuned({ ...options, precision: config.precision });
  const train = (backend: Backend, goesOn: boolean) =>
    run({
      ...{ config, images, backend, monitor, alarms, tfevents, out, resume: resume || goesOn },
      signal: controller.signal,
      onStart(training) {
        const { parameters, steps, perEpoch, step } = training;
        const about = Object.entries(backend.description).map(([key, value]) => `${key} ${value}`);
        stopping ??= stopOnSignals(controller);
        console.error(
          `${config.method.name}: ${images.count} images, ${parameters} parameters, ${perEpoch} steps an epoch`,
        );
        console.error(`backend ${backend.name}: ${about.join(", ")}`);
        if (training.precision !== config.precision)
          console.error(`precision: ${training.precision}, since this backend has no ${config.precision}`);
        for (const warning of training.warnings) console.error(warning);
        if (step) console.error(`resuming at step ${step}`);
        started = performance.now();
        bar = progress("training", steps, { unit: "img", perStep: config.batchSize, from: step });
      },
      onStep({ step, perEpoch }, latest) {
        if (!latest) return bar?.update(step);
        ({ loss, knn = knn } = latest);
        const seen = knn === undefined ? "" : `  kNN ${(100 * knn).toFixed(2)} %`;
        const note = `epoch ${Math.ceil(step / perEpoch)}/${config.epochs}  loss ${loss.toFixed(4)}${seen}`;
        if (latest.knn !== undefined) bar?.say(note);
        bar?.update(step, note);
      },
    }).finally(() => bar?.stop());
  try {
    const { step, steps, perEpoch } = await withBackend(open, train, {
      onLoss: ({ message }) =>
        console.error(`${message}; going on from the last checkpoint, on a new device`),
    });
    tellSkipped(images, told);
    const stopped = step < steps ? stopping?.by : undefined;
    const seconds = (performance.now() - started) / 1000;
    const checkpoint = (await checkpointsOf(out)).at(-1)?.path;
    const progress = { step, steps, epoch: step / perEpoch, epochs: config.epochs };
    const summary = { run: out, ...progress, seconds, loss, knn, checkpoint, stopped };
    if (options.json) console.log(JSON.stringify(summary));
    if (stopped)
      throw new Stopped(
        stopped,
        `stopped at step ${step}/${steps}, which ${checkpoint} holds; go on by: ${again()}`,
      );
    const time = seconds < 60 ? `${seconds.toFixed(1)} seconds` : `${(seconds / 60).toFixed(1)} minutes`;
    console.error(`done: ${step} steps, ${time}; next: npx ssl-edge ${next(out, options.data, images)}`);
  } finally {
    stopping?.[Symbol.dispose]();
  }
}

/** What to do with a run: measure it where the images have labels, else take their features. */
function next(out: string, data: string[], { count, labels }: DataSet): string {
  if (!labels) return `extract ${quoted([out, "--data", ...data])} --out features.safetensors`;
  const k = count < NEIGHBOURS ? ` --k ${Math.min(20, count)}` : "";
  return `eval knn ${quoted([out, "--train", ...data])} --test <data>${k}`;
}

/** This command once more, to go on where it stopped. */
function again(): string {
  const words = process.argv.slice(2).filter((word) => word !== "--resume");
  return quoted(["npx", "ssl-edge", ...words, "--resume"]);
}
