import { jpegHeader } from "./jpeg.ts";
import { pngHeader } from "./png.ts";
import { webpHeader } from "./webp.ts";

/** What a file says about its image before it is decoded. */
export interface ImageHeader {
  format: "jpeg" | "png" | "webp";
  /** Pixels, as stored: orientations 5 to 8 exchange the two when the image is turned upright. */
  width: number;
  height: number;
  /** EXIF's, 1 to 8. */
  orientation: number;
}

/**
 * Reads the header of a JPEG, PNG or WebP file, which are told apart by their first bytes, not by their name.
 *
 * `bytes` may be no more than the beginning of a file of `size` bytes. What it says is then what the whole file would say;
 * where the beginning is not enough for that it throws, as it does where the file is bad.
 */
export function imageHeader(bytes: Uint8Array, size = bytes.length): ImageHeader {
  if (starts(bytes, 0xff, 0xd8, 0xff)) return jpegHeader(bytes);
  if (starts(bytes, 0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)) return pngHeader(bytes, size);
  if (starts(bytes, ...RIFF) && starts(bytes.subarray(8), ...WEBP)) return webpHeader(bytes, size);
  if (bytes.length === 0) throw new Error("image: the file is empty (0 bytes)");
  throw new Error(`image: only JPEG, PNG and WebP are supported; got ${otherFormat(bytes)}`);
}

/** Height and width of the image when it is turned upright. */
export const uprightSize = ({
  width,
  height,
  orientation,
}: ImageHeader): { height: number; width: number } =>
  orientation < 5 ? { height, width } : { height: width, width: height };

/** Of an image that is decoded; 256 MB as RGBA. PIL warns at 89e6. */
export const MAX_PIXELS = 64e6;

/** Throws for images of more than `maxPixels`. */
export function checkPixels({ width, height }: { width: number; height: number }, maxPixels: number): void {
  if (width * height > maxPixels)
    throw new Error(
      `image: at most ${maxPixels / 1e6} megapixels are decoded; got ${width} x ${height}; make it smaller`,
    );
}

const RIFF = [0x52, 0x49, 0x46, 0x46];
const WEBP = [0x57, 0x45, 0x42, 0x50];

const starts = (bytes: Uint8Array, ...magic: number[]) => magic.every((byte, i) => bytes[i] === byte);

function otherFormat(bytes: Uint8Array): string {
  const head = String.fromCharCode(...bytes.subarray(0, 12));
  if (head.startsWith("GIF8")) return "a GIF";
  if (head.slice(4, 8) === "ftyp") return "an AVIF, HEIC or video file";
  if (head.startsWith("II*\0") || head.startsWith("MM\0*")) return "a TIFF";
  if (head.startsWith("BM")) return "a BMP";
  return `a file that begins with the bytes ${[...bytes.subarray(0, 4)].map((b) => b.toString(16).padStart(2, "0")).join(" ")}`;
}
