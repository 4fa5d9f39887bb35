import { Command, type Option } from "commander";
import type { Backend } from "../../../core/backend.ts";
import type { Features } from "../../../core/eval/features.ts";
import type { Checkpoint } from "../../../core/train/checkpoint.ts";
import { labelledLayers, labelsOf } from "../../../core/train/extractFeatures.ts";
import { backendOption, type Choice, threadsOption } from "../../backend.ts";
import { load } from "../../data.ts";
import { openTuned } from "../../tiles.ts";
import { readTrained } from "../../trained.ts";
import { asJson, asText, type Found, tableAsJson, tableAsText } from "./report.ts";

/** One way to measure what an encoder learned, from the features of a labelled training and a test set. */
export interface Protocol<Settings extends object> {
  /** The subcommand. */
  name: string;
  /** What is printed before the accuracy. */
  title: string;
  description: string;
  example: string;
  options: Option[];
  /** From the command line's options; printed beside the accuracy. */
  settings(options: Record<string, unknown>): Settings;
  /** Throws where so many training images are too few, which is to be known before features are taken. */
  check?(settings: Settings, images: number): void;
  /** The share of the test set that is right. */
  measure(backend: Backend, train: Features, test: Features, settings: Settings): Promise<number>;
}

interface Common {
  train: string[];
  test: string[];
  backend: Choice;
  threads?: number;
  json?: boolean;
  untrained: boolean;
  layer: string;
}

const ALL = "all"; // no layer of that name

/** The subcommand of a protocol: what all of them share is here. */
export function protocol<Settings extends object>(of: Protocol<Settings>): () => Command {
  const notes = `
Example:
  ${of.example}

Labels are the folders that images lie in. The untrained encoder, as the run began, is measured beside the trained one.`;

  return () => {
    const command = new Command(of.name)
      .description(of.description)
      .argument("<run|checkpoint>", "a run's folder, or a checkpoint file")
      .requiredOption("--train <path...>", "labelled images that the classifier knows")
      .requiredOption("--test <path...>", "labelled images that are classified");
    for (const option of of.options) command.addOption(option);
    return command
      .option(
        "--layer <name>",
        `of the encoder: conv1, layer1, ... (means over pixels), or ${ALL} of them`,
        "output",
      )
      .addOption(backendOption())
      .addOption(threadsOption())
      .option("--no-untrained", "leave the untrained encoder out")
      .option("--json", "print one JSON object")
      .addHelpText("after", notes)
      .action((path: string, options: Common & Record<string, unknown>) =>
        evaluate(path, options, of, of.settings(options)),
      );
  };
}

async function evaluate<Settings extends object>(
  path: string,
  options: Common,
  { title, check, measure }: Protocol<Settings>,
  settings: Settings,
): Promise<void> {
  const { layer } = options;
  const { checkpoint, config } = await readTrained(path);
  const train = await load("loading train", options.train);
  check?.(settings, train.count);
  labelsOf(train, "--train");
  const test = await load("loading test", options.test);
  labelsOf(test, "--test");
  const backend = await openTuned(options);
  try {
    const layers = layer === ALL ? undefined : [layer];
    const accuraciesOf = async (from?: Checkpoint) => {
      const known = await labelledLayers(backend, config, train, from, { layers });
      const asked = await labelledLayers(backend, config, test, from, { layers });
      const accuracies = new Map<string, number>();
      for (const [name, rows] of known)
        accuracies.set(name, await measure(backend, rows, asked.get(name)!, settings));
      return accuracies;
    };
    const trained = await accuraciesOf(checkpoint);
    const found: Found = { trained, untrained: options.untrained ? await accuraciesOf() : undefined };
    if (options.json) {
      const about = { ...settings, step: checkpoint.step, train: train.count, test: test.count };
      const result = layer === ALL ? tableAsJson(found) : { ...asJson(found, layer), layer };
      return console.log(JSON.stringify({ ...result, ...about }));
    }
    const shown = Object.entries(settings).map(([name, value]) => `${name} ${value}`);
    const after = `after ${checkpoint.step} steps (${shown.join(", ")})`;
    const lines = layer === ALL ? tableAsText(found, title, after) : asText(found, layer, title, after);
    for (const line of lines) console.log(line);
  } finally {
    await backend.close();
  }
}
