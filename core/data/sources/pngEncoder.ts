import { encode, initSync } from "@jsquash/png/codec/pkg/squoosh_png.js";
import { loadCodecs } from "./codecs.ts";

/** Pixels u8 [height, width, 3], RGB, as a PNG file's bytes. */
export type EncodePng = (pixels: Uint8Array, size: { height: number; width: number }) => Uint8Array;

/** The package's encoder of PNG files, which lose nothing, once it is compiled. */
export async function pngEncoder(): Promise<EncodePng> {
  initSync((await loadCodecs()).png);
  return (pixels, { height, width }) => {
    const rgba = new Uint8Array(4 * width * height).fill(255);
    for (let from = 0, to = 0; from < pixels.length; from += 3, to += 4)
      for (let c = 0; c < 3; c++) rgba[to + c] = pixels[from + c];
    return encode(rgba, width, height, 8);
  };
}
