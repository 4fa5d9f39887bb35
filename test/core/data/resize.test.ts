import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { centreBox, centreBoxes } from "../../../core/data/boxes.ts";
import { type Box, resizer } from "../../../core/data/resize.ts";
import { loadCodecs } from "../../../core/data/sources/codecs.ts";
import { crop } from "../../../core/ops/crop.ts";
import { boxRows } from "../../viewRows.ts";
import { noise, rgb } from "./images.ts";

const { resize: module } = await loadCodecs();
const resize = resizer(module);

const imageOf = (width: number, height: number, seed = 1) => {
  const drawing = noise(width, height, seed);
  return { width, height, pixels: rgb(drawing) };
};

function resized(image: ReturnType<typeof imageOf>, box: Box, height: number, width: number): Uint8Array {
  const pixels = new Uint8Array(3 * height * width);
  resize(image, box, { height, width, pixels });
  return pixels;
}

const whole = ({ height, width }: { height: number; width: number }): Box => ({
  ...{ top: 0, left: 0 },
  ...{ height, width },
});

describe("resizing a box", () => {
  test("is the crop op's float64 reference, rounded to nearest", () => {
    const side = fc.integer({ min: 1, max: 40 });
    const share = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(fc.tuple(side, side, side, side), fc.tuple(share, share, share, share), (sides, shares) => {
        const [H, W, height, width] = sides;
        const image = imageOf(W, H, H + W);
        const rows = 1 + Math.floor(shares[0] * H);
        const columns = 1 + Math.floor(shares[1] * W);
        const top = Math.floor(shares[2] * (H - rows + 1));
        const left = Math.floor(shares[3] * (W - columns + 1));
        const box = { top, left, height: rows, width: columns };
        const y = new Float64Array(3 * height * width);
        const inputs = [image.pixels, [0], boxRows([box])].map((values) => Float64Array.from(values));
        crop.definition.reference(inputs, y, { N: 1, H, W, height, width });
        const found = resized(image, box, height, width);
        // float32 sums of up to 81 x 81 shares of 255 are off by less than a thousandth of a level
        for (const [i, value] of y.entries()) expect(Math.abs(found[i] - 255 * value)).toBeLessThan(0.501);
      }),
      { numRuns: 100, seed: 1 },
    );
  });

  test("copies where nothing is resized", () => {
    const image = imageOf(23, 17);
    expect(resized(image, whole(image), 17, 23)).toEqual(image.pixels);
  });

  test("keeps one colour, up and down, to the ends of the range", () => {
    for (const level of [0, 127, 255]) {
      const image = { width: 300, height: 211, pixels: new Uint8Array(3 * 300 * 211).fill(level) };
      for (const side of [1, 7, 224, 400])
        expect(resized(image, whole(image), side, side).every((value) => value === level)).toBe(true);
    }
  });

  test("rounds halves to even", () => {
    const image = { width: 2, height: 1, pixels: Uint8Array.from([0, 1, 2, 1, 2, 3]) };
    expect([...resized(image, whole(image), 1, 1)]).toEqual([0, 2, 2]); // 0.5, 1.5, 2.5
  });

  test("takes images of 64 megapixels, of the longest side among them", () => {
    for (const [width, height] of [
      [8000, 8000],
      [65_535, 976],
      [976, 65_535],
    ]) {
      const pixels = new Uint8Array(3 * width * height).fill(77);
      const image = { width, height, pixels };
      expect(resized(image, whole(image), 3, 5).every((value) => value === 77)).toBe(true);
    }
  });

  test("keeps no more memory after many calls, or after a large image", () => {
    const memories = new Set<WebAssembly.Memory>();
    const { grow } = WebAssembly.Memory.prototype;
    WebAssembly.Memory.prototype.grow = function (this: WebAssembly.Memory, pages) {
      memories.add(this);
      return grow.call(this, pages);
    };
    try {
      const own = resizer(module);
      const image = imageOf(90, 120);
      const out = { height: 64, width: 64, pixels: new Uint8Array(3 * 64 * 64) };
      const bytes = () => [...memories].map((memory) => memory.buffer.byteLength);
      own(image, whole(image), out);
      const after = bytes();
      expect(after.length).toBe(1);
      for (let i = 0; i < 1000; i++) own(image, whole(image), out);
      expect(bytes()).toEqual(after);
      const large = { width: 6000, height: 6000, pixels: new Uint8Array(3 * 6000 * 6000) };
      own(large, whole(large), out);
      own(image, whole(image), out);
      expect(bytes().at(-1)).toBeLessThan(2 ** 20); // an instance that began anew
    } finally {
      WebAssembly.Memory.prototype.grow = grow;
    }
  });

  test("refuses what does not fit", () => {
    const image = imageOf(10, 8);
    const refusal = (box: Partial<Box>, height = 4, width = 4, bytes = 3 * height * width) => {
      const out = { height, width, pixels: new Uint8Array(bytes) };
      return () => resize(image, { ...whole(image), ...box }, out);
    };
    for (const box of [{ top: 1 }, { left: -1 }, { height: 9 }, { width: 0 }, { top: 0.5, height: 1 }])
      expect(refusal(box)).toThrow("resize: a box has whole pixels and lies within the image, 10 x 8; got");
    expect(refusal({}, 0, 4)).toThrow("resize: the result's side has 1 to 4096 pixels; got 4 x 0");
    expect(refusal({}, 4, 4, 47)).toThrow("resize: 4 x 4 pixels take 48 bytes; got 47");
    const long = { width: 65_536, height: 1, pixels: new Uint8Array(3 * 65_536) };
    expect(() => resized(long, whole(long), 1, 1)).toThrow("a box's side has at most 65535 pixels");
  });
});

describe("the centre box", () => {
  test("is the share of the shorter side, in the middle", () => {
    expect(centreBox(375, 500, 0.875)).toEqual({ top: 23, left: 86, height: 328, width: 328 });
    expect(centreBox(500, 375, 0.875)).toEqual({ top: 86, left: 23, height: 328, width: 328 });
    expect(centreBox(4, 9, 1)).toEqual({ top: 0, left: 2, height: 4, width: 4 });
    expect(centreBox(1, 1, 0.1)).toEqual({ top: 0, left: 0, height: 1, width: 1 });
    expect(() => centreBox(4, 9, 1.1)).toThrow("boxes: a share is above 0 and at most 1; got 1.1");
  });

  test("of many images is each one's", () => {
    const boxes = centreBoxes(Uint32Array.of(1, 0), Uint32Array.of(375, 500, 4, 9), 0.875);
    expect([...boxes]).toEqual([0, 2, 4, 4, 23, 86, 328, 328]);
  });
});
