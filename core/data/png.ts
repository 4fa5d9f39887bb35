import { orientation } from "./exif.ts";
import type { ImageHeader } from "./header.ts";

/**
 * The size of a PNG file from its IHDR chunk, without decoding. Throws on an animated one.
 * https://www.w3.org/TR/png-3, 11.2.1 and 11.3.7
 */
export function pngHeader(bytes: Uint8Array): ImageHeader {
  const header: ImageHeader = { format: "png", width: 0, height: 0, orientation: 1 };
  for (const { type, data } of chunks(bytes)) {
    if (header.width === 0) {
      if (type !== "IHDR" || data.length !== 13)
        throw new Error("png: the file does not begin with its header (IHDR)");
      const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
      header.width = view.getUint32(0);
      header.height = view.getUint32(4);
      if (header.width === 0 || header.height === 0)
        throw new Error(`png: the header says ${header.width} x ${header.height} pixels`);
    }
    if (type === "acTL")
      throw new Error("png: animations are not supported; save one frame as a PNG of its own");
    if (type === "eXIf") header.orientation = orientation(data);
    if (type === "IDAT") return header;
  }
  throw new Error("png: the file holds no image data (IDAT)");
}

/**
 * Throws unless all of the file is there and its critical chunks bear out their checksums. The decoder looks at
 * neither checksum, and a flipped bit would reach training as noise.
 */
export function checkPng(bytes: Uint8Array): void {
  for (const { type, data, body, crc } of chunks(bytes)) {
    const critical = type.charCodeAt(0) < 0x60; // an upper-case letter
    if (critical && crc32(body) !== crc)
      throw new Error(`png: the checksum of a chunk (${type}) is wrong: damaged file`);
    if (type === "IEND" && data.length === 0) return;
  }
}

interface Chunk {
  type: string;
  data: Uint8Array;
  /** Type and data: what the checksum covers. */
  body: Uint8Array;
  crc: number;
}

function* chunks(bytes: Uint8Array): Generator<Chunk> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 8; ; ) {
    const length = at + 12 <= bytes.length ? view.getUint32(at) : Number.POSITIVE_INFINITY;
    if (at + 12 + length > bytes.length) throw new Error("png: the file ends in the middle: truncated file");
    const body = bytes.subarray(at + 4, at + 8 + length);
    const type = String.fromCharCode(body[0], body[1], body[2], body[3]);
    yield { type, data: body.subarray(4), body, crc: view.getUint32(at + 8 + length) };
    at += 12 + length;
  }
}

/** https://www.w3.org/TR/png-3, annex D */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) crc = CRC[(crc ^ bytes[i]) & 255] ^ (crc >>> 8);
  return ~crc >>> 0;
}

const CRC = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let bit = 0; bit < 8; bit++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c;
});
