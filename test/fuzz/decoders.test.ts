/** The decoders, which are WebAssembly, on 2,000 files of each kind that were valid once. */
import { crc32 } from "node:zlib";
import { expect, test } from "vitest";
import { decoder } from "../../core/data/decode.ts";
import { imageHeader, uprightSize } from "../../core/data/header.ts";
import { loadCodecs } from "../../core/data/sources/codecs.ts";
import type { Stream } from "../../core/random.ts";
import { jpegOf, noise, pngOf, rawPng, slopes, webpOf } from "../core/data/images.ts";
import { changed, fuzz, joined } from "./fuzz.ts";

const FILES = 2000;
const maxPixels = 1e6; // so that a changed size costs milliseconds
const decode = await decoder(await loadCodecs(), { maxPixels });
const oneOf = <T>(random: Stream, values: readonly T[]): T => values[random.below(values.length)];

/** Every result is an image of the size that the header tells, or an error; and the process does not grow. */
async function fuzzDecoder(name: string, make: (random: Stream) => Uint8Array, form: RegExp): Promise<void> {
  const each = async (random: Stream) => {
    const bytes = make(random);
    const { width, height, pixels } = await decode(bytes);
    const size = uprightSize(imageHeader(bytes));
    if (width !== size.width || height !== size.height || pixels.length !== 3 * width * height)
      throw new TypeError(`${width} x ${height} of ${size.width} x ${size.height}, ${pixels.length} bytes`);
  };
  const options = { count: FILES, form };
  await fuzz(`${name} decoder, warming up`, each, { ...options, count: FILES / 4 });
  const before = process.memoryUsage().rss;
  await fuzz(`${name} decoder`, each, options);
  const grown = (process.memoryUsage().rss - before) / 2 ** 20;
  console.log(`${name} decoder: the process grew by ${grown.toFixed(0)} MiB`);
  expect(grown).toBeLessThan(200); // one image of a megapixel left behind by each refused file would be thousands
}

test("JPEG", async () => {
  const drawing = slopes(33, 17);
  const files = [
    await jpegOf(drawing),
    await jpegOf(drawing, { baseline: true, progressive: false }),
    await jpegOf(drawing, { color_space: 1 }),
    await jpegOf(noise(16, 16)),
  ];
  await fuzzDecoder("jpeg", (random) => changed(oneOf(random, files), random), /^(jpeg|image): /);
});

test("PNG, with checksums that are right, so that changes reach the decoder", async () => {
  const gray = Array(9).fill(Array.from({ length: 7 }, (_, x) => x));
  const files = [
    await pngOf(noise(17, 9)),
    rawPng({ width: 7, height: 9, depth: 8, type: 0 }, gray),
    rawPng({ width: 8, height: 9, depth: 4, type: 3 }, Array(9).fill([1, 2, 3, 0]), [
      ["PLTE", Buffer.alloc(12, 7)],
    ]),
  ];
  const make = (random: Stream) => {
    const file = oneOf(random, files);
    const bytes = changed(file, random);
    return random.below(8) ? withChecksums(bytes) : bytes;
  };
  await fuzzDecoder("png", make, /^(png|image): /);
});

/** A PNG whose chunks have the checksums that they demand, as far as its lengths lead through it. */
function withChecksums(bytes: Uint8Array): Uint8Array {
  const file = joined(bytes);
  const view = new DataView(file.buffer);
  for (let at = 8; at + 12 <= file.length; ) {
    const end = at + 12 + view.getUint32(at);
    if (end > file.length) break;
    view.setUint32(end - 4, crc32(file.subarray(at + 4, end - 4)));
    at = end;
  }
  return file;
}

test("a file that the decoder gives up on leaves none of its memory behind", async () => {
  const side = 1000;
  const rows = Array.from({ length: side }, () => Array(4 * side).fill(7));
  const cut = rawPng({ width: side, height: side, depth: 8, type: 6 }, rows.slice(0, -1)); // a row is missing
  // Not by expect().rejects, which keeps the errors, and they what they came out of.
  const messageOf = (file: Uint8Array) => decode(file).then(String, (error: Error) => error.message);
  const grownBy = async (files: number) => {
    const before = process.memoryUsage().rss;
    for (let i = 0; i < files; i++) expect(await messageOf(cut)).toBe("png: damaged file");
    return (process.memoryUsage().rss - before) / 2 ** 20;
  };
  await grownBy(3);
  expect(await grownBy(200)).toBeLessThan(300); // MiB; RGBA alone is 763
});

test("WebP", async () => {
  const files = [await webpOf(noise(17, 9)), await webpOf(slopes(33, 17), { lossless: 0 })];
  await fuzzDecoder("webp", (random) => changed(oneOf(random, files), random), /^(webp|image): /);
});
