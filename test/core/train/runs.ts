/** Tiny runs for tests: recipes, images drawn by code, and what two states must share to be the same. */
import { createHash } from "node:crypto";
import type { ImageSet } from "../../../core/data/source.ts";
import { stream } from "../../../core/random.ts";
import simclr from "../../../core/recipes/simclr-cifar10.json" with { type: "json" };
import { type RunConfig, resolveConfig } from "../../../core/train/config.ts";
import type { Training } from "../../../core/train/training.ts";

export type State = Awaited<ReturnType<Training["save"]>>;

/** The SimCLR recipe at a size that a step takes milliseconds; settings are `key.path: value`. */
export const tiny = (settings: Record<string, unknown> = {}): RunConfig =>
  resolveConfig(simclr, { "encoder.width": 4, batchSize: 32, epochs: 4, seed: 6, ...settings });

/** Views that show what is cut out of their images, in its own colours. */
export const plain: Pick<RunConfig, "views" | "normalize"> = {
  views: [{ flip: 0, steps: [] }],
  normalize: { mean: [0, 0, 0], std: [1, 1, 1] },
};

function imageSet(count: number, side: number, pixel: (at: number) => number): ImageSet {
  return {
    pixels: Uint8Array.from({ length: count * side * side * 3 }, (_, at) => pixel(at)),
    ...{ count, height: side, width: side, fingerprint: "", skipped: [] },
    ...{ names: Array.from({ length: count }, (_, i) => `${i}`), labels: undefined, classes: [] },
  };
}

/** Images of uniform noise. */
export function noise(count = 128, side = 8): ImageSet {
  const random = stream(1, "noise");
  return imageSet(count, side, () => random.below(256));
}

/** Stripes in two colours of their own, at an angle and a distance of their own: each image can be told apart. */
export function stripes(count: number, side: number): ImageSet {
  const random = stream(1, "stripes");
  const drawn = Array.from({ length: count }, () => Array.from({ length: 8 }, () => random.uniform()));
  return imageSet(count, side, (at) => {
    const [n, y, x, c] = [3 * side * side, 3 * side, 3, 1].map((step, axis, steps) =>
      Math.floor(axis ? (at % steps[axis - 1]) / step : at / step),
    );
    const own = drawn[n];
    const phase = (x * (own[6] - 0.5) + y * (own[7] - 0.5)) / 2;
    return 255 * own[c + (phase - Math.floor(phase) < 0.5 ? 0 : 3)];
  });
}

/** A digest of each tensor's bits: equal records are equal states, and a difference names its tensor. */
export const bitsOf = (state: State): Record<string, string> =>
  Object.fromEntries(
    [...state].map(([name, { data }]) => [name, createHash("sha256").update(data).digest("hex")]),
  );

/** Steps up to `step`, then saves. */
export async function stateAt(training: Training, step: number): Promise<State> {
  while (training.step < step) await training.next();
  return training.save();
}
