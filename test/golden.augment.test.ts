/** Blur, solarization, rotation and padded crops as torchvision computes them (golden/augment.py). */
import { expect, test } from "vitest";
import type { Step } from "../core/ops/augmentation.ts";
import { gaussianBlur, randomCrop, rotate, solarize } from "../core/ops/index.ts";
import { input } from "../core/tensor.ts";
import { golden, onEachBackend } from "./golden.ts";

const augment = golden("augment");
const shape = augment.shape("x");
const [N] = shape;

onEachBackend((compute) => {
  /** The images after a step of a recipe, one row of settings each. */
  async function applied<C>({ step }: { step: Step<C> }, config: C, rows: ArrayLike<number>) {
    const [x, settings] = [input(shape), input([N, rows.length / N])];
    const given = new Map([
      [x, augment.f32("x")],
      [settings, Float32Array.from(rows)],
    ]);
    return (await compute([step.apply(x, settings, config)], given))[0];
  }

  test.each([3, 23])("blur by a kernel of %i is torchvision's", async (kernel) => {
    const ours = await applied(gaussianBlur, { p: 1, sigma: [0.1, 2], kernel }, augment.f32("sigma"));
    augment.expectEqual(`blur.y.${kernel}`, ours);
  });

  test("solarization is torchvision's, at the threshold too", async () => {
    const [threshold] = augment.f32("threshold");
    const ours = await applied(solarize, { p: 1, threshold }, Array(N).fill(1));
    augment.expectEqual("solarize.y", ours);
  });

  test("rotation is torchvision's", async () => {
    const angles = [...augment.f32("degrees")].map((degrees) => (degrees * Math.PI) / 180);
    const rows = angles.flatMap((angle) => [Math.cos(angle), Math.sin(angle)]);
    augment.expectEqual("rotate.y", await applied(rotate, { p: 1, degrees: 180 }, rows));
  });

  test("a padded crop is torchvision's", async () => {
    augment.expectEqual("crop.y", await applied(randomCrop, { padding: 4 }, augment.f32("corner")));
  });

  test("each leaves images as they are, to the bit, where a row says so", async () => {
    const left = [
      await applied(gaussianBlur, { p: 1, sigma: [1, 1] }, [0, 0, 0]),
      await applied(solarize, { p: 1, threshold: 0.5 }, [0, 0, 0]),
      await applied(rotate, { p: 1, degrees: 2 }, [1, 0, 1, 0, 1, 0]),
      await applied(randomCrop, { padding: 0 }, [0, 0, 0, 0, 0, 0]),
    ];
    for (const each of left) expect(each).toEqual(augment.f32("x"));
  });
});
