import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { crc32, deflateSync } from "node:zlib";
import encodeJpeg, { init as initJpeg } from "@jsquash/jpeg/encode.js";
import encodePng, { init as initPng } from "@jsquash/png/encode.js";
import webp from "@jsquash/webp/codec/enc/webp_enc.js";
import { defaultOptions } from "@jsquash/webp/meta.js";
import { initEmscriptenModule } from "@jsquash/webp/utils.js";
import type { ImageSet } from "../../../core/data/source.ts";
import { type LoadOptions, loadImages } from "../../../core/data/sources/load.ts";
import { stream } from "../../../core/random.ts";

// Images drawn by code and put into files, for the tests of what reads files.

const { resolve } = createRequire(import.meta.url);
const compile = (file: string) => new WebAssembly.Module(readFileSync(resolve(file)));
await (initJpeg as (module: WebAssembly.Module) => Promise<void>)(
  // the package's types know only its second form
  compile("@jsquash/jpeg/codec/enc/mozjpeg_enc.wasm"),
);
await initPng(compile("@jsquash/png/codec/pkg/squoosh_png_bg.wasm"));

const webpEncoder = await initEmscriptenModule(webp, compile("@jsquash/webp/codec/enc/webp_enc.wasm"));

export interface Drawing {
  width: number;
  height: number;
  data: Uint8ClampedArray; // RGBA
}

/** Uniform noise, opaque. */
export function noise(width: number, height: number, seed = 1): Drawing {
  const random = stream(seed, "noise");
  const data = Uint8ClampedArray.from({ length: width * height * 4 }, (_, i) =>
    i % 4 === 3 ? 255 : random.below(256),
  );
  return { width, height, data };
}

/** Slopes of colour, different in x and y: smooth, so that JPEG keeps them within a few levels. */
export function slopes(width: number, height: number, phase = 0): Drawing {
  const data = Uint8ClampedArray.from({ length: width * height * 4 }, (_, i) => {
    const [x, y] = [Math.floor(i / 4) % width, Math.floor(i / 4 / width)];
    return [40 + 8 * x, 30 + 5 * y + phase, 200 - 3 * x - 2 * y, 255][i % 4];
  });
  return { width, height, data };
}

export const rgb = ({ data }: { data: Uint8ClampedArray }) =>
  Uint8Array.from(data.filter((_, i) => i % 4 !== 3));

export const jpegOf = async (image: Drawing, options: object = {}) =>
  new Uint8Array(await encodeJpeg(image as unknown as ImageData, { quality: 95, ...options }));

export const pngOf = async (image: Drawing) => new Uint8Array(await encodePng(image as unknown as ImageData));

/** Lossless unless told otherwise. */
export async function webpOf({ data, width, height }: Drawing, options: object = {}): Promise<Uint8Array> {
  const settings = { ...defaultOptions, lossless: 1, exact: 1, ...options };
  const file = webpEncoder.encode(data as Uint8ClampedArray<ArrayBuffer>, width, height, settings);
  if (!file) throw new Error("webp: the encoder gave up");
  return Uint8Array.from(file);
}

/** A WebP file of chunks. */
export function webpFile(...chunks: Uint8Array[]): Uint8Array {
  const body = Buffer.concat([Buffer.from("WEBP"), ...chunks]);
  const head = Buffer.from("RIFF....");
  head.writeUInt32LE(body.length, 4);
  return Buffer.concat([head, body]);
}

export function webpChunk(type: string, data: Uint8Array): Buffer {
  const head = Buffer.from(`${type}....`);
  head.writeUInt32LE(data.length, 4);
  return Buffer.concat([head, data, Buffer.alloc(data.length % 2)]);
}

/** A PNG of any colour type (0 gray, 2 RGB, 3 palette, 4 gray and alpha, 6 RGBA); rows without their filter byte. */
export function rawPng(
  { width, height, depth, type }: { width: number; height: number; depth: number; type: number },
  rows: number[][],
  extra: [type: string, data: Uint8Array][] = [],
): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([depth, type], 8);
  const data = deflateSync(Buffer.from(rows.flatMap((row) => [0, ...row])));
  const chunks = [pngChunk("IHDR", header), ...extra.map(([t, d]) => pngChunk(t, d))];
  return Buffer.concat([PNG, ...chunks, pngChunk("IDAT", data), pngChunk("IEND", Buffer.alloc(0))]);
}

const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

function pngChunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const [length, crc] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  crc.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, crc]);
}

/** A TIFF block that holds an orientation and nothing else. */
export function exif(orientation: number, little = true): Buffer {
  const block = Buffer.alloc(26);
  const u16 = (value: number, at: number) =>
    little ? block.writeUInt16LE(value, at) : block.writeUInt16BE(value, at);
  const u32 = (value: number, at: number) =>
    little ? block.writeUInt32LE(value, at) : block.writeUInt32BE(value, at);
  block.write(little ? "II" : "MM");
  u16(42, 2);
  u32(8, 4);
  u16(1, 8);
  u16(0x0112, 10);
  u16(3, 12);
  u32(1, 14);
  u16(orientation, 18);
  return block;
}

/** A JPEG with a segment put in after its start. */
export function withSegment(jpeg: Uint8Array, marker: number, data: Uint8Array): Uint8Array {
  const head = Buffer.from([0xff, marker, 0, 0]);
  head.writeUInt16BE(data.length + 2, 2);
  return Buffer.concat([jpeg.subarray(0, 2), head, data, jpeg.subarray(2)]);
}

/** Loads what is known to be of one size. */
export async function loadSet(
  paths: string | string[],
  options: LoadOptions = { threads: 1 },
): Promise<ImageSet> {
  const images = await loadImages(paths, options);
  if ("pixels" in images) return images;
  throw new Error("test: these images are a stream");
}
