/** Random resized crops as torchvision computes them (golden/crop.py). */
import { expect, test } from "vitest";
import { BOX, crop } from "../core/ops/crop.ts";
import { input, type Values } from "../core/tensor.ts";
import { golden, onEachBackend } from "./golden.ts";
import { boxRows } from "./viewRows.ts";

const crops = golden("crop");
const boxes = crops.values("boxes");
const flips = crops.values("flip");
const rows = boxRows(
  Array.from(flips, (flip, i) => {
    const [top, left, height, width] = boxes.subarray(4 * i, 4 * i + 4);
    return { top, left, height, width, flip };
  }),
);

onEachBackend((compute) => {
  const images = input(crops.shape("images"), "u8");
  const pixels = crops.values("images") as Uint8Array; // as golden/crop.py stores them

  const views = (index: Uint32Array, settings: Float32Array, size: { height: number; width: number }) => {
    const leaves = [images, input([index.length], "u32"), input([index.length, BOX])] as const;
    const given = new Map(leaves.map((leaf, i) => [leaf, ([pixels, index, settings] as Values[])[i]]));
    return compute([crop(...leaves, size)], given).then(([y]) => y);
  };

  test.each(crops.names.filter((name) => name.startsWith("y.")))("%s is torchvision's", async (name) => {
    const [, height, width] = crops.shape(name);
    const y = await views(Uint32Array.from(crops.values("image")), rows, { height, width });
    crops.expectEqual(
      name,
      Float64Array.from(y, (v) => 255 * v),
    );
  });

  test("a box of the whole image gives its bytes over 255", async () => {
    const whole = boxRows(Array(6).fill({ height: 32, width: 32 }));
    const y = await views(
      Uint32Array.from({ length: 6 }, (_, i) => i),
      whole,
      { height: 32, width: 32 },
    );
    expect(Array.from(y, (v) => Math.fround(255 * v))).toEqual(Array.from(pixels));
  });
});
