import { dirname } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { checkFeaturePath, featureFiles } from "../../core/extract.ts";
import { extractFeatures } from "../../core/train/extractFeatures.ts";
import { checkFile, makeFolder, removeEmpty, writeAtomically } from "../../core/train/files.ts";
import { version } from "../../core/version.ts";
import { backendOption, type Choice, threadsOption } from "../backend.ts";
import { load, tellSkipped } from "../data.ts";
import { type Progress, progress } from "../progress.ts";
import { openTuned } from "../tiles.ts";
import { readTrained } from "../trained.ts";

interface Options {
  data: string[];
  out: string;
  layer: string;
  backend: Choice;
  threads?: number;
  json?: boolean;
}

const notes = `
Examples:
  ssl-edge extract runs/a --data test.tar --out features.safetensors
  ssl-edge extract runs/a/checkpoints/step-00000780.safetensors --data photos/ --out features.npy

One row an image, in order of names. A .safetensors file holds features (F32 [N, D]), labels (I64 [N]) where every
image lies in a folder, and names and classes as JSON in its metadata; beside an .npy file stands <stem>.names.txt.`;

export const extract = () =>
  new Command("extract")
    .description("Write the features that an encoder gives to images.")
    .argument("<run|checkpoint>", "a run's folder, or a checkpoint file")
    .requiredOption("--data <path...>", "images: tar archives, folders, lists or globs")
    .requiredOption("--out <file>", "a .safetensors or .npy file", featurePath)
    .option("--layer <name>", "of the encoder: conv1, layer1, ... (means over pixels)", "output")
    .addOption(backendOption())
    .addOption(threadsOption())
    .option("--json", "print one JSON object")
    .addHelpText("after", notes)
    .action(action);

function featurePath(path: string): string {
  try {
    checkFeaturePath(path);
    return path;
  } catch (cause) {
    throw new InvalidArgumentError((cause as Error).message);
  }
}

async function action(path: string, options: Options): Promise<void> {
  await checkFile("extract", options.out);
  const made = await makeFolder("extract", dirname(options.out)); // what cannot be written is to be known before the work
  try {
    await write(path, options);
  } catch (error) {
    await removeEmpty(made);
    throw error;
  }
}

async function write(path: string, options: Options): Promise<void> {
  const { data, out, layer, backend: choice, threads, json } = options;
  const { checkpoint, config } = await readTrained(path);
  const images = await load("loading", data);
  const told = images.skipped.length;
  const backend = await openTuned({ backend: choice, threads });
  let bar: Progress | undefined;
  try {
    const features = await extractFeatures(backend, config, images, checkpoint, {
      layer,
      onProgress(done, total) {
        bar ??= progress("extracting", total, { unit: "img" });
        bar.update(done);
      },
    });
    bar?.stop();
    tellSkipped(images, told);
    const names = Array.from(features.index, (image) => images.names[image]);
    const labels = images.labels && features.index.map((image) => images.labels![image]);
    const { classes } = images;
    const about = {
      ...{ encoder: JSON.stringify(config.encoder), layer, step: String(checkpoint.step) },
      ...{ fingerprint: images.fingerprint, version },
    };
    const files = featureFiles(out, { ...features, names, labels, classes }, about);
    for (const file of files) {
      await writeAtomically("extract", file.path, file.chunks);
      console.error(`wrote ${file.path}`);
    }
    const { count, dimension } = features;
    console.error(`done: ${count} rows of ${dimension} features`);
    const summary = { count, dimension, layer, step: checkpoint.step, skipped: images.skipped.length };
    if (json) console.log(JSON.stringify({ files: files.map((file) => file.path), ...summary }));
  } finally {
    bar?.stop();
    await backend.close();
  }
}
