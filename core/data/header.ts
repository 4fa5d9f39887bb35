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

/** Reads the header of a JPEG, PNG or WebP file, which are told apart by their first bytes, not by their name. */
export function imageHeader(bytes: Uint8Array): ImageHeader {
  if (starts(bytes, 0xff, 0xd8, 0xff)) return jpegHeader(bytes);
  if (starts(bytes, 0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)) return pngHeader(bytes);
  if (starts(bytes, ...RIFF) && starts(bytes.subarray(8), ...WEBP)) return webpHeader(bytes);
  if (bytes.length === 0) throw new Error("image: the file is empty (0 bytes)");
  throw new Error(`image: only JPEG, PNG and WebP are supported; got ${otherFormat(bytes)}`);
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
