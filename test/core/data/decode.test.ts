import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decoder } from "../../../core/data/decode.ts";
import { imageHeader } from "../../../core/data/header.ts";
import { loadCodecs } from "../../../core/data/sources/codecs.ts";
import {
  exif,
  jpegOf,
  noise,
  pngOf,
  rawPng,
  rgb,
  slopes,
  webpChunk,
  webpFile,
  webpOf,
  withSegment,
} from "./images.ts";

const codecs = await loadCodecs();
const decode = await decoder(codecs);
const furthest = (a: Uint8Array, b: Uint8Array) =>
  a.reduce((most, x, i) => Math.max(most, Math.abs(x - b[i])), 0);
const ascii = (text: string) => Buffer.from(text, "latin1");

describe("what is decoded", () => {
  test("a PNG's pixels come back exactly, as RGB", async () => {
    const image = noise(13, 7);
    expect(await decode(await pngOf(image))).toEqual({ width: 13, height: 7, pixels: rgb(image) });
  });

  test("a JPEG's pixels come back within what its quality loses", async () => {
    const image = slopes(24, 16);
    const decoded = await decode(await jpegOf(image));
    expect([decoded.width, decoded.height]).toEqual([24, 16]);
    expect(furthest(decoded.pixels, rgb(image))).toBeLessThan(12);
  });

  test("a baseline JPEG and a progressive one are both read", async () => {
    const image = slopes(24, 16);
    for (const baseline of [true, false]) {
      const { pixels } = await decode(await jpegOf(image, { baseline, progressive: !baseline }));
      expect(furthest(pixels, rgb(image))).toBeLessThan(12);
    }
  });

  test("a lossless WebP's pixels come back exactly, a lossy one's within what its quality loses", async () => {
    const image = slopes(24, 15);
    expect(await decode(await webpOf(image))).toEqual({ width: 24, height: 15, pixels: rgb(image) });
    const lossy = await decode(await webpOf(image, { lossless: 0, quality: 95 }));
    expect([lossy.width, lossy.height]).toEqual([24, 15]);
    expect(furthest(lossy.pixels, rgb(image))).toBeLessThan(16);
  });

  test("a gray JPEG becomes RGB with three equal channels", async () => {
    const { pixels } = await decode(await jpegOf(slopes(16, 16), { color_space: 1 }));
    expect(pixels.length).toBe(16 * 16 * 3);
    expect(pixels.every((x, i) => x === pixels[i - (i % 3)])).toBe(true);
  });

  test("gray, 16-bit, palette and 1-bit PNGs become RGB of 8 bits", async () => {
    const gray = rawPng({ width: 2, height: 1, depth: 8, type: 0 }, [[7, 200]]);
    expect([...(await decode(gray)).pixels]).toEqual([7, 7, 7, 200, 200, 200]);
    const deep = rawPng({ width: 1, height: 2, depth: 16, type: 2 }, [
      [1, 255, 2, 0, 3, 128],
      [9, 9, 8, 8, 7, 7],
    ]);
    expect([...(await decode(deep)).pixels]).toEqual([1, 2, 3, 9, 8, 7]);
    const palette = rawPng(
      { width: 2, height: 1, depth: 8, type: 3 },
      [[1, 0]],
      [["PLTE", Buffer.from([1, 2, 3, 4, 5, 6])]],
    );
    expect([...(await decode(palette)).pixels]).toEqual([4, 5, 6, 1, 2, 3]);
    const bits = rawPng({ width: 3, height: 1, depth: 1, type: 0 }, [[0b01000000]]);
    expect([...(await decode(bits)).pixels]).toEqual([0, 0, 0, 255, 255, 255, 0, 0, 0]);
  });

  test("alpha is dropped, not composited", async () => {
    const clear = rawPng({ width: 2, height: 1, depth: 8, type: 6 }, [[10, 20, 30, 0, 40, 50, 60, 128]]);
    expect([...(await decode(clear)).pixels]).toEqual([10, 20, 30, 40, 50, 60]);
    const grayAlpha = rawPng({ width: 1, height: 1, depth: 8, type: 4 }, [[90, 3]]);
    expect([...(await decode(grayAlpha)).pixels]).toEqual([90, 90, 90]);
  });

  test("a file's kind is told by its bytes", async () => {
    expect(imageHeader(await pngOf(noise(3, 5)))).toEqual({
      format: "png",
      width: 3,
      height: 5,
      orientation: 1,
    });
    expect(imageHeader(await jpegOf(noise(3, 5)))).toEqual({
      format: "jpeg",
      width: 3,
      height: 5,
      orientation: 1,
    });
    for (const lossless of [0, 1])
      expect(imageHeader(await webpOf(noise(3, 5), { lossless }))).toEqual({
        format: "webp",
        width: 3,
        height: 5,
        orientation: 1,
      });
  });
});

describe("the beginning of a file", () => {
  const extended = async () => {
    const canvas = Buffer.from([0x08, 0, 0, 0, 39, 0, 0, 29, 0, 0]); // 40 x 30, with EXIF
    const chunk = (await webpOf(noise(40, 30))).subarray(12);
    return webpFile(webpChunk("VP8X", canvas), chunk, webpChunk("EXIF", exif(6)));
  };

  test("says what the whole file says, or that it is not enough", async () => {
    const gray = Array(30).fill(Array.from({ length: 40 }, (_, x) => x));
    const files: [file: Uint8Array, enough: number][] = [
      [await jpegOf(noise(40, 30)), 200],
      [withSegment(await jpegOf(noise(40, 30)), 0xe1, Buffer.concat([ascii("Exif\0\0"), exif(6)])), 300],
      [await pngOf(noise(40, 30)), 200],
      [rawPng({ width: 40, height: 30, depth: 8, type: 0 }, gray, [["eXIf", exif(8)]]), 200],
      [await webpOf(noise(40, 30)), 200],
      [await webpOf(noise(40, 30), { lossless: 0 }), 200],
      [await extended(), Number.POSITIVE_INFINITY], // the orientation comes last
    ];
    for (const [file, enough] of files) {
      const whole = imageHeader(file);
      for (let bytes = 0; bytes < file.length; bytes++) {
        let header: unknown;
        try {
          header = imageHeader(file.subarray(0, bytes), file.length);
        } catch {
          header = "not enough";
        }
        expect(header, `${whole.format}, ${bytes} bytes`).toEqual(
          bytes < enough && header === "not enough" ? header : whole,
        );
        if (enough === Number.POSITIVE_INFINITY) expect(header).toBe("not enough");
      }
    }
  });

  test("does not hide that a file is shorter than it says", async () => {
    for (const file of [await pngOf(noise(40, 30)), await webpOf(noise(40, 30))])
      expect(() => imageHeader(file.subarray(0, 300), file.length - 20)).toThrow("truncated file");
  });
});

describe("EXIF orientation", () => {
  // The letter F by CIPA DC-008 4.6.4 A: where a viewer shows row and column 0 of what is stored.
  const upright = [
    [1, 2],
    [3, 4],
    [5, 6],
  ];
  const mirrored = upright.map((row) => row.toReversed());
  const transposed = (rows: number[][]) => rows[0].map((_, x) => rows.map((row) => row[x]));
  const stored: Record<number, number[][]> = {
    1: upright,
    2: mirrored,
    3: mirrored.toReversed(),
    4: upright.toReversed(),
    5: transposed(upright),
    6: transposed(upright).toReversed(), // shown after a quarter turn clockwise
    7: transposed(mirrored.toReversed()),
    8: transposed(upright).map((row) => row.toReversed()), // shown after a quarter turn back
  };

  test.each([1, 2, 3, 4, 5, 6, 7, 8])("%i is turned upright", async (orientation) => {
    const rows = stored[orientation];
    const file = rawPng({ width: rows[0].length, height: rows.length, depth: 8, type: 0 }, rows, [
      ["eXIf", exif(orientation)],
    ]);
    const image = await decode(file);
    expect([image.width, image.height]).toEqual([2, 3]);
    expect([...image.pixels].filter((_, i) => i % 3 === 0)).toEqual(upright.flat());
  });

  test("a JPEG's is found in its APP1 segment, in either byte order", async () => {
    const jpeg = await jpegOf(slopes(24, 16));
    const straight = (await decode(jpeg)).pixels;
    for (const little of [true, false]) {
      const turned = await decode(
        withSegment(jpeg, 0xe1, Buffer.concat([ascii("Exif\0\0"), exif(6, little)])),
      );
      expect([turned.width, turned.height]).toEqual([16, 24]);
      // The upper right corner after a quarter turn clockwise is the stored upper left one.
      expect([...turned.pixels.subarray(15 * 3, 16 * 3)]).toEqual([...straight.subarray(0, 3)]);
    }
  });

  test("a WebP's is found in its EXIF chunk, with or without a prefix", async () => {
    const file = await webpOf(slopes(24, 16));
    const straight = (await decode(file)).pixels;
    for (const prefix of ["", "Exif\0\0"]) {
      const block = Buffer.concat([ascii(prefix), exif(6)]);
      const canvas = Buffer.from([0x08, 0, 0, 0, 23, 0, 0, 15, 0, 0]); // 24 x 16, with EXIF
      const extended = webpFile(webpChunk("VP8X", canvas), file.subarray(12), webpChunk("EXIF", block));
      const turned = await decode(extended);
      expect([turned.width, turned.height]).toEqual([16, 24]);
      expect([...turned.pixels.subarray(15 * 3, 16 * 3)]).toEqual([...straight.subarray(0, 3)]);
    }
  });

  test("damaged EXIF does not cost the image", async () => {
    const jpeg = await jpegOf(slopes(24, 16));
    for (const block of [
      exif(9),
      exif(0),
      exif(6).subarray(0, 15),
      Buffer.from("II*\0\xff\xff\xff\xff", "latin1"),
    ]) {
      const file = withSegment(jpeg, 0xe1, Buffer.concat([ascii("Exif\0\0"), block]));
      expect((await decode(file)).width).toBe(24);
    }
  });
});

describe("what is refused", () => {
  const refused = async (bytes: Uint8Array) =>
    decode(bytes).then(
      () => "decoded",
      (error: Error) => error.message,
    );

  test("a truncated or damaged JPEG, wherever it is cut", async () => {
    const jpeg = await jpegOf(noise(32, 32));
    for (const share of [0.02, 0.3, 0.6, 0.95])
      expect(await refused(jpeg.subarray(0, Math.floor(jpeg.length * share)))).toMatch(/^jpeg: /);
    expect(await refused(jpeg.subarray(0, jpeg.length - 30))).toBe(
      "jpeg: damaged file: Premature end of JPEG file",
    );
  });

  test("a truncated PNG, and one with a flipped bit", async () => {
    const png = await pngOf(noise(16, 16));
    expect(await refused(png.subarray(0, 20))).toBe("png: the file ends in the middle: truncated file");
    expect(await refused(png.subarray(0, png.length - 20))).toBe(
      "png: the file ends in the middle: truncated file",
    );
    const flipped = Uint8Array.from(png);
    flipped[png.length >> 1] ^= 1;
    expect(await refused(flipped)).toBe("png: the checksum of a chunk (IDAT) is wrong: damaged file");
  });

  test("an empty file and other formats, by name", async () => {
    expect(await refused(new Uint8Array())).toBe("image: the file is empty (0 bytes)");
    expect(await refused(ascii("GIF89a......"))).toBe(
      "image: only JPEG, PNG and WebP are supported; got a GIF",
    );
    expect(await refused(ascii("RIFF....WAVE"))).toMatch("a file that begins with the bytes 52 49 46 46");
    expect(await refused(ascii("....ftypavif"))).toMatch("an AVIF");
    expect(await refused(ascii("hello"))).toMatch("a file that begins with the bytes 68 65 6c 6c");
  });

  test("an animated PNG", async () => {
    const file = rawPng({ width: 1, height: 1, depth: 8, type: 0 }, [[1]], [["acTL", Buffer.alloc(8)]]);
    expect(await refused(file)).toBe("png: animations are not supported; save one frame as a PNG of its own");
  });

  test("a truncated or damaged WebP, and an animated one", async () => {
    for (const lossless of [0, 1]) {
      const file = await webpOf(noise(32, 32), { lossless });
      expect(await refused(file.subarray(0, file.length - 20))).toBe(
        "webp: the file ends in the middle: truncated file",
      );
      const cut = webpFile(webpChunk("VP8L", file.subarray(20, 60))); // its lengths are right
      expect(await refused(cut)).toMatch(/^webp: damaged file/);
    }
    expect(await refused(webpFile(webpChunk("EXIF", exif(6))))).toBe(
      "webp: damaged file: it does not begin with VP8, VP8L or VP8X",
    );
    const canvas = Buffer.from([0x02, 0, 0, 0, 23, 0, 0, 15, 0, 0]);
    expect(await refused(webpFile(webpChunk("VP8X", canvas)))).toBe(
      "webp: animations are not supported; save one frame as a file of its own",
    );
    canvas[0] = 0;
    expect(await refused(webpFile(webpChunk("VP8X", canvas)))).toBe(
      "webp: the file holds no image data (VP8 or VP8L)",
    );
  });

  test("CMYK and 12-bit JPEGs, from their frame header", async () => {
    const jpeg = await jpegOf(noise(8, 8));
    const start = jpeg.findIndex(
      (byte, i) => byte === 0xff && (jpeg[i + 1] === 0xc0 || jpeg[i + 1] === 0xc2),
    );
    const edited = (offset: number, value: number) =>
      Uint8Array.from(jpeg, (b, i) => (i === start + offset ? value : b));
    expect(await refused(edited(9, 4))).toBe(
      "jpeg: four colour components (CMYK) are not supported; convert it to RGB",
    );
    expect(await refused(edited(4, 12))).toBe("jpeg: 12 bits a sample are not supported; save it with 8");
    expect(await refused(edited(5, 0xff))).not.toBe("decoded");
  });

  test("more pixels than the limit, from the header alone", async () => {
    const bomb = rawPng({ width: 20_000, height: 20_000, depth: 8, type: 2 }, [[1]]);
    expect(await refused(bomb)).toBe(
      "image: at most 64 megapixels are decoded; got 20000 x 20000; make it smaller",
    );
    const small = await decoder(codecs, { maxPixels: 100 });
    await expect(small(await jpegOf(noise(10, 11)))).rejects.toThrow("at most 0.0001 megapixels");
    expect((await small(await jpegOf(noise(10, 10)))).width).toBe(10);
  });

  test("a JPEG of more scans than 100, not one of fewer", async () => {
    const jpeg = await jpegOf(slopes(16, 16), { baseline: false, progressive: true });
    const last = jpeg.lastIndexOf(0xda) - 1;
    const scans = (n: number) =>
      Buffer.concat([jpeg.subarray(0, last), ...Array(n).fill(jpeg.subarray(last, -2)), jpeg.subarray(-2)]);
    expect(await refused(scans(1))).toBe("decoded");
    expect(await refused(scans(101))).toBe("jpeg: more than 100 scans are not decoded; save it anew");
    expect(await refused(scans(90))).not.toMatch("scans");
  });

  test("nothing that comes after a refused file is harmed", async () => {
    const [jpeg, png] = [await jpegOf(slopes(16, 16)), await pngOf(noise(5, 5))];
    const [before, beforePng] = [await decode(jpeg), await decode(png)];
    for (let i = 0; i < 20; i++) {
      await refused(jpeg.subarray(0, jpeg.length - 20));
      await refused(rawPng({ width: 9, height: 9, depth: 8, type: 2 }, [[1]])); // too few rows
    }
    expect(await decode(jpeg)).toEqual(before);
    expect(await decode(png)).toEqual(beforePng);
  });

  test("random damage ends in an image or an error with a message, never in anything else", async () => {
    const files = [
      await jpegOf(noise(16, 16)),
      await pngOf(noise(8, 8)),
      await jpegOf(slopes(16, 16), { baseline: true }),
      await webpOf(noise(8, 8)),
      await webpOf(slopes(16, 16), { lossless: 0 }),
    ];
    const edit = fc.record({ at: fc.nat(400), value: fc.integer({ min: 0, max: 255 }) });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...files),
        fc.array(edit, { minLength: 1, maxLength: 4 }),
        async (file, edits) => {
          const damaged = Uint8Array.from(file);
          for (const { at, value } of edits) damaged[at % file.length] = value;
          const outcome = await refused(damaged);
          expect(outcome).toMatch(/^(decoded$|image: |jpeg: |png: |webp: )/);
        },
      ),
      { numRuns: 300, seed: 1 },
    );
  });
});
