import mozjpeg, { type MozJPEGModule } from "@jsquash/jpeg/codec/dec/mozjpeg_dec.js";
import { initEmscriptenModule } from "@jsquash/jpeg/utils.js";
import webp, { type WebPModule } from "@jsquash/webp/codec/dec/webp_dec.js";
import { upright } from "./exif.ts";
import { checkPixels, type ImageHeader, imageHeader, MAX_PIXELS } from "./header.ts";
import { checkScans } from "./jpeg.ts";
import { checkPng } from "./png.ts";
import { pngCodec, type Rgba } from "./pngCodec.ts";

/** An image in memory: pixels [height, width, 3], RGB. */
export interface Image {
  width: number;
  height: number;
  pixels: Uint8Array;
}

/**
 * The compiled modules of what reads images, which each host gets in its own way: Node from the packages (sources/codecs.ts),
 * Workers by importing the .wasm files.
 */
export interface Codecs {
  jpeg: WebAssembly.Module; // @jsquash/jpeg/codec/dec/mozjpeg_dec.wasm
  png: WebAssembly.Module; // @jsquash/png/codec/pkg/squoosh_png_bg.wasm
  webp: WebAssembly.Module; // @jsquash/webp/codec/dec/webp_dec.wasm
  resize: WebAssembly.Module; // core-as/build/resize.wasm, see resize.ts
}

/**
 * The function that decodes JPEG, PNG and WebP files to RGB, with the same pixels on every host.
 *
 *     bytes -> pixels [height, width, 3]
 *
 * Gray and palette become RGB; of 16 bits a channel the upper 8 remain; alpha is dropped; EXIF's orientation is applied
 * (as viewers do; torchvision's loader does not). Refused, each with an error that says why: other formats, CMYK,
 * animations, damaged or truncated files, JPEGs of more scans than any camera makes, and images of more than `maxPixels`, whose header alone is looked at.
 */
export async function decoder(
  codecs: Codecs,
  { maxPixels = MAX_PIXELS } = {},
): Promise<(bytes: Uint8Array) => Promise<Image>> {
  const png = startPng(codecs.png);
  let jpeg = await startJpeg(codecs.jpeg);
  const webp = await startWebp(codecs.webp);

  return async (bytes) => {
    const header = imageHeader(bytes);
    checkPixels(header, maxPixels);
    if (header.format === "png") return upright(borneOut(png(bytes), header), header);
    if (header.format === "webp") return upright(borneOut(webp(bytes), header), header);
    checkScans(bytes);
    try {
      return upright(borneOut(jpeg(bytes), header), header);
    } catch (error) {
      jpeg = await startJpeg(codecs.jpeg); // libjpeg's exit leaves its memory behind
      throw error;
    }
  };
}

/** The pixels, if they are as many as the header told. */
function borneOut({ width, height, data }: Rgba, header: ImageHeader): Uint8ClampedArray {
  if (width === header.width && height === header.height && data.length === 4 * width * height) return data;
  throw new Error(
    `${header.format}: damaged file: the header says ${header.width} x ${header.height}, the image is ${width} x ${height}`,
  );
}

function startPng(codec: WebAssembly.Module): (bytes: Uint8Array) => Rgba {
  const decode = pngCodec(codec);
  return (bytes) => {
    checkPng(bytes);
    try {
      return decode(bytes);
    } catch (cause) {
      throw new Error("png: damaged file", { cause }); // the decoder says no more than `unwrap_throw` failed
    }
  };
}

async function startWebp(codec: WebAssembly.Module): Promise<(bytes: Uint8Array) => Rgba> {
  const module = await initEmscriptenModule<WebPModule>(webp, codec);
  return (bytes) => {
    const image: Rgba | null = module.decode(bytes as Uint8Array<ArrayBuffer>);
    if (!image) throw new Error("webp: damaged file"); // the decoder says no more
    return image;
  };
}

/** An instance of its own rather than the package's `decode`, whose warnings go to the console. */
async function startJpeg(codec: WebAssembly.Module): Promise<(bytes: Uint8Array) => Rgba> {
  let said: string[] = [];
  const note = (line: string) => said.push(line);
  const module = await initEmscriptenModule<MozJPEGModule>(mozjpeg, codec, {
    print: note,
    printErr: note,
  } as object); // missing in the package's types
  return (bytes) => {
    said = [];
    let image: Rgba | null = null;
    try {
      image = module.decode(bytes as Uint8Array<ArrayBuffer>, false); // `upright` turns it, as it does PNGs
    } catch {
      // libjpeg has printed the reason and left by exit(1)
    }
    // Of libjpeg's warnings these two mean that pixels are missing; PIL tolerates the others as well.
    const missing = said.find((line) => /premature end/i.test(line));
    if (image && !missing) return image;
    throw new Error(`jpeg: damaged file: ${missing ?? said.at(-1) ?? "the decoder gave up"}`);
  };
}
