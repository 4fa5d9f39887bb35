/** Tiny runs of every method for tests: each by its recipe for CIFAR-10, at a size that a step takes milliseconds. */
import type { Backend } from "../../../core/backend.ts";
import type { ImageSet } from "../../../core/data/source.ts";
import * as exported from "../../../core/methods/index.ts";
import { type RunConfig, resolveConfig } from "../../../core/train/config.ts";
import { readRecipe } from "../../../core/train/recipe.ts";
import { type Metrics, openTraining } from "../../../core/train/training.ts";
import { type State, stateAt, stripes } from "../train/runs.ts";

/** What the recipe of a method needs besides, to be tiny. */
const own: Record<string, Record<string, unknown>> = {
  byol: { "method.projector.hidden": 32, "method.projector.outputs": 16 },
  mocov1: { "method.queue": 64, "norm.group": 8 },
  mocov2: { "method.queue": 64, "norm.group": 8 },
  "relative-location": {
    ...{ "method.hidden": 32, "views.0.size": 24 },
    "views.0.steps": [{ grayscale: { p: 0.66 } }, { patches: { size: 6 } }],
  },
};

export const methodNames = Object.values(exported).flatMap((value) =>
  typeof value === "object" && "step" in value ? [value.name] : [],
);

export async function tinyOf(method: string, settings: Record<string, unknown> = {}): Promise<RunConfig> {
  const tiny = { "encoder.width": 4, batchSize: 32, epochs: 4, seed: 6 };
  return resolveConfig(await readRecipe(`${method}-cifar10`), { ...tiny, ...own[method], ...settings });
}

/** Stripes lit from above: each image can be told apart, and has an up and a down. */
export function lit(count: number, side = 8): ImageSet {
  const striped = stripes(count, side);
  const light = (at: number) => 1 - (Math.floor(at / (3 * side)) % side) / side;
  return { ...striped, pixels: striped.pixels.map((value, at) => (value + 255 * light(at)) / 2) };
}

/** The state after some steps, begun from scratch or from another's state, with the metrics on the way. */
export async function runTo(
  backend: Backend,
  config: RunConfig,
  step: number,
  {
    from,
    images = lit(80),
    method,
  }: { from?: [step: number, State]; images?: ImageSet; method?: exported.Method } = {},
): Promise<{ state: State; metrics: Metrics[] }> {
  const checkpoint = from && { step: from[0], tensors: from[1], metadata: {} };
  const training = await openTraining(config, images, backend, { from: checkpoint, method });
  const state = await stateAt(training, step);
  const metrics = await training.drain();
  training.free();
  return { state, metrics };
}
