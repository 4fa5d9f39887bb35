import { Command, InvalidArgumentError } from "commander";
import type { Backend } from "../../core/backend.ts";
import type { ImageSet } from "../../core/data/source.ts";
import { type Features, knn } from "../../core/eval/knn.ts";
import { type Checkpoint, readCheckpoint } from "../../core/train/checkpoint.ts";
import { type RunConfig, resolveConfig } from "../../core/train/config.ts";
import { extractFeatures } from "../../core/train/features.ts";
import { backendOption, type Choice, count, openChosen, threadsOption } from "../backend.ts";
import { load } from "../data.ts";

interface Options {
  train: string[];
  test: string[];
  k: number;
  temperature: number;
  backend: Choice;
  threads?: number;
  json?: boolean;
  untrained: boolean;
}

const examples = `
Example:
  ssl-edge eval knn runs/a --train train.tar --test test.tar --k 200 --temperature 0.1

Labels are the folders that images lie in. The untrained encoder, as the run began, is measured beside the trained one.`;

/** Protocols that measure what an encoder learned: one subcommand each. */
export const evaluate = () =>
  new Command("eval")
    .description("Measure what an encoder learned.")
    .addCommand(nearestNeighbours().exitOverride());

const nearestNeighbours = () =>
  new Command("knn")
    .description("Accuracy of a weighted nearest-neighbour classifier on frozen features.")
    .argument("<run|checkpoint>", "a run's folder, or a checkpoint file")
    .requiredOption("--train <path...>", "labelled images that vote")
    .requiredOption("--test <path...>", "labelled images that are classified")
    .option("--k <n>", "neighbours that vote", count, 200)
    .option("--temperature <t>", "of the votes' weights", positive, 0.1)
    .addOption(backendOption())
    .addOption(threadsOption())
    .option("--no-untrained", "leave the untrained encoder out")
    .option("--json", "print one JSON object")
    .addHelpText("after", examples)
    .action(action);

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError("must be a number above 0");
  return value;
}

async function action(path: string, options: Options): Promise<void> {
  const { k, temperature } = options;
  const checkpoint = await readCheckpoint(path);
  const config = resolveConfig(JSON.parse(checkpoint.metadata.config));
  const train = await load("loading train", options.train);
  const test = await load("loading test", options.test);
  const backend = await openChosen(options.backend, options.threads);
  try {
    const measure = async (from?: Checkpoint) =>
      knn(
        backend,
        await features(backend, config, train, from),
        await features(backend, config, test, from),
        {
          k,
          temperature,
        },
      );
    const accuracy = await measure(checkpoint);
    const untrained = options.untrained ? await measure() : undefined;
    const about = { k, temperature, step: checkpoint.step, train: train.count, test: test.count };
    if (options.json) return console.log(JSON.stringify({ accuracy, untrained, ...about }));
    console.log(
      `kNN accuracy  ${percent(accuracy)}  after ${checkpoint.step} steps (k ${k}, temperature ${temperature})`,
    );
    if (untrained !== undefined) console.log(`untrained     ${percent(untrained)}`);
  } finally {
    await backend.close();
  }
}

const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;

async function features(
  backend: Backend,
  config: RunConfig,
  images: ImageSet,
  from?: Checkpoint,
): Promise<Features> {
  const { labels, classes } = images;
  if (!labels)
    throw new Error("eval: these images have no labels; a label is the folder that an image lies in");
  return { ...(await extractFeatures(backend, config, images, from)), labels, classes };
}
