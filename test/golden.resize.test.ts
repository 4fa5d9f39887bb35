/** Boxes of images resized as torchvision does it with uint8 tensors (golden/resize.py). */
import { expect, test } from "vitest";
import { centreBox } from "../core/data/boxes.ts";
import { resizer } from "../core/data/resize.ts";
import { loadCodecs } from "../core/data/sources/codecs.ts";
import { golden } from "./golden.ts";

const kept = golden("resize");
const resize = resizer((await loadCodecs()).resize);

function imageOf(name: string) {
  const [height, width] = kept.shape(name);
  return { height, width, pixels: kept.values(name) as Uint8Array };
}

/** Pixel by pixel, the levels that two images differ by. */
const differences = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a, (value, i) => Math.abs(value - b[i]));

test("resized crops are torchvision's, every level of them", () => {
  const found: number[] = [];
  for (const name of kept.names.filter((name) => /^(small|large)\./.test(name))) {
    const [image, height, width] = name.split(/[.x]/);
    const [boxes, expected] = [kept.values(name), kept.values(`y.${name}`)];
    const bytes = 3 * Number(height) * Number(width);
    const extents = { height: Number(height), width: Number(width) };
    for (let i = 0; i < boxes.length / 4; i++) {
      const [top, left, rows, columns] = boxes.subarray(4 * i, 4 * i + 4);
      const pixels = new Uint8Array(bytes);
      resize(imageOf(image), { top, left, height: rows, width: columns }, { ...extents, pixels });
      found.push(...differences(pixels, expected.subarray(i * bytes, (i + 1) * bytes)));
    }
  }
  expect(found.length).toBe(46_935);
  expect(found.filter((difference) => difference > 0)).toEqual([]);
});

test("the centre box is Resize and CenterCrop, but at its edge, where resizing first looks beyond it", () => {
  const { height, width, pixels: photo } = imageOf("photo");
  const pixels = new Uint8Array(3 * 42 * 42);
  resize({ height, width, pixels: photo }, centreBox(height, width, 42 / 48), {
    height: 42,
    width: 42,
    pixels,
  });
  const inside = differences(pixels, kept.values("y.photo")).filter((_, i) => {
    const [y, x] = [Math.floor(i / 126), Math.floor(i / 3) % 42];
    return Math.min(y, x) > 0 && Math.max(y, x) < 41;
  });
  expect(Math.max(...inside)).toBe(0);
});
