import { Command } from "commander";
import { shapes } from "../../core/data/shapes.ts";
import { resolveConfig } from "../../core/train/config.ts";
import { readRecipe } from "../../core/train/recipe.ts";
import { backendOption, type Choice, threadsOption, whole } from "../backend.ts";
import { type Progress, progress } from "../progress.ts";
import { checkUnused, K, percent, quickstart as run } from "../quickstart.ts";
import { openTuned } from "../tiles.ts";

interface Options {
  out: string;
  seed: number;
  backend: Choice;
  threads?: number;
  json?: boolean;
}

/** Images to train on, and to measure with. */
const [TRAIN, TEST] = [4096, 800];

const notes = `
Examples:
  ssl-edge quickstart
  ssl-edge quickstart --out runs/again --seed 1

Draws ${TRAIN} images of shapes in 8 classes and pretrains a small encoder on them by SimCLR, by the recipe that
ssl-edge recipes show quickstart
shows; the classes are not told to it. Then ${TEST} other images are classified by their nearest neighbours among the first, by
the encoder as it was before and after. In --out lie views.png, what the network was shown; embeddings.svg, a map of what it
makes of the ${TEST} images; and the run.`;

export const quickstart = () =>
  new Command("quickstart")
    .description(
      "Pretrain on images drawn by code, measure, and draw pictures of it: a few minutes, no data.",
    )
    .option("--out <dir>", "folder of the run and its pictures", "runs/quickstart")
    .option("--seed <n>", "of the images and all else that is random", whole, 0)
    .addOption(backendOption())
    .addOption(threadsOption())
    .option("--json", "print one JSON object")
    .addHelpText("after", notes)
    .action(action);

async function action({ out, seed, json, ...device }: Options): Promise<void> {
  const started = performance.now();
  await checkUnused(out); // before anything is drawn
  const config = resolveConfig(await readRecipe("quickstart"), { seed });
  const train = shapes({ count: TRAIN, seed });
  const test = shapes({ count: TEST, first: TRAIN, seed });
  console.error(`drew ${train.count} + ${test.count} images of ${train.classes.join(", ")}`);
  const backend = await openTuned(device);
  let bar: Progress | undefined;
  try {
    const { untrained, trained, map, views } = await run({
      ...{ config, train, test, backend, out },
      say: (what) => console.error(what),
      onStart({ steps, parameters }) {
        const threads = backend.description.threads ? `, ${backend.description.threads} threads` : "";
        console.error(
          `pretraining: ${config.method.name}, ${parameters} parameters, backend ${backend.name}${threads}`,
        );
        bar = progress("training", steps, { unit: "img", perStep: config.batchSize });
      },
      onStep({ step, steps, perEpoch }, latest) {
        const epoch = Math.ceil(step / perEpoch);
        bar?.update(step, latest && `epoch ${epoch}/${config.epochs}  loss ${latest.loss.toFixed(3)}`);
        if (step === steps) bar?.stop();
      },
    });
    const seconds = (performance.now() - started) / 1000;
    if (json) {
      const about = { k: K, train: train.count, test: test.count, classes: train.classes, seed };
      return console.log(
        JSON.stringify({ untrained, trained, ...about, seconds, run: out, pictures: { map, views } }),
      );
    }
    const points = `${trained < untrained ? "" : "+"}${(100 * (trained - untrained)).toFixed(1)} points`;
    console.log(`
kNN accuracy on ${test.count} new images of ${test.classes.length} classes (chance: ${percent(1 / test.classes.length)})
  untrained encoder  ${percent(untrained).padStart(7)}
  after pretraining  ${percent(trained).padStart(7)}  ${points}, without a single label, in ${seconds.toFixed(0)} seconds

Look at
  ${views}  what the network was shown: each image, then views of it
  ${map}  a map of the new images, before and after

Next, with images of your own: pretrain; measure, if folders name the classes; take the features with you
  npx ssl-edge pretrain simclr-photos --data photos/ --out runs/mine --set encoder.width=16 --set views.0.size=64 --epochs 20
  npx ssl-edge eval knn runs/mine --train photos/train --test photos/test --k 20
  npx ssl-edge extract runs/mine --data photos/ --out features.npy`);
  } finally {
    bar?.stop();
    await backend.close();
  }
}
