/** Colour transforms as torchvision computes them (golden/color.py). */
import { test } from "vitest";
import { colorJitter, packed } from "../core/ops/colorJitter.ts";
import { grayscale } from "../core/ops/grayscale.ts";
import { normalizeColor } from "../core/ops/normalizeColor.ts";
import { input, type Tensor } from "../core/tensor.ts";
import { golden, onEachBackend } from "./golden.ts";
import { jitterRows } from "./viewRows.ts";

const color = golden("color");
const rgb = (name: string) => [...color.f32(name)] as [number, number, number]; // three channels

onEachBackend((compute) => {
  /** An op of the images called `name` and one row of settings each. */
  async function adjusted(op: (x: Tensor, rows: Tensor) => Tensor, name: string, rows: Float32Array) {
    const x = input(color.shape(name));
    const views = input([x.shape[0], rows.length / x.shape[0]]);
    const given = new Map([
      [x, color.f32(name)],
      [views, rows],
    ]);
    return (await compute([op(x, views)], given))[0];
  }

  test.each(["brightness", "contrast", "saturation", "hue"])("%s is torchvision's", async (jitter) => {
    const factors = Array.from(color.f32(`${jitter}.factor`));
    const rows = jitterRows(factors.map((factor) => ({ [jitter]: factor })));
    color.expectEqual(`${jitter}.y`, await adjusted(colorJitter, "x", rows));
  });

  test("the jitters in all 24 orders are torchvision's", async () => {
    const orders = color.values("jitter.order");
    const factors = color.f32("jitter.factors");
    const rows = jitterRows(
      Array.from({ length: 24 }, (_, i) => {
        const [brightness, contrast, saturation, hue] = factors.subarray(4 * i, 4 * i + 4);
        const order = packed([...orders.subarray(4 * i, 4 * i + 4)]);
        return { brightness, contrast, saturation, hue, order };
      }),
    );
    color.expectEqual("jitter.y", await adjusted(colorJitter, "jitter.x", rows));
  });

  test("grayscale is torchvision's", async () => {
    const rows = new Float32Array(color.shape("x")[0]).fill(1);
    color.expectEqual("grayscale.y", await adjusted(grayscale, "x", rows));
  });

  test("normalisation is torchvision's", async () => {
    const x = input(color.shape("x"));
    const y = normalizeColor(x, { mean: rgb("normalize.mean"), std: rgb("normalize.std") });
    color.expectEqual("normalize.y", (await compute([y], new Map([[x, color.f32("x")]])))[0]);
  });
});
