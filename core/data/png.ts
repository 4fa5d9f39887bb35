import { crc32 } from "../crc.ts";
import { oneLine } from "../oneLine.ts";
import { orientation } from "./exif.ts";
import type { ImageHeader } from "./header.ts";

/**
 * The size of a PNG file from its IHDR chunk, without decoding. Throws on an animated one.
 *
 * `bytes` may be no more than the beginning of a file of `size` bytes; also throws where that does not reach its image data.
 * https://www.w3.org/TR/png-3, 11.2.1 and 11.3.7
 */
export function pngHeader(bytes: Uint8Array, size = bytes.length): ImageHeader {
  const header: ImageHeader = { format: "png", width: 0, height: 0, orientation: 1 };
  for (const { type, data } of chunks(bytes, size)) {
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
      throw new Error(`png: the checksum of a chunk (${oneLine(type)}) is wrong: damaged file`);
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

const BEYOND = "png: the header goes on beyond the file's beginning";

/** Of a file that is not all there, image data is the last chunk to be given, and is cut short. */
function* chunks(bytes: Uint8Array, size = bytes.length): Generator<Chunk> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 8; ; ) {
    if (at + 12 > bytes.length && size > bytes.length) throw new Error(BEYOND);
    const length = at + 12 <= size ? view.getUint32(at) : Number.POSITIVE_INFINITY;
    const end = at + 12 + length;
    if (end > size) throw new Error("png: the file ends in the middle: truncated file");
    const body = bytes.subarray(at + 4, end - 4);
    const type = String.fromCharCode(body[0], body[1], body[2], body[3]);
    const whole = end <= bytes.length;
    if (!whole && type !== "IDAT") throw new Error(BEYOND);
    yield { type, data: body.subarray(4), body, crc: whole ? view.getUint32(end - 4) : 0 };
    if (!whole) throw new Error(BEYOND);
    at = end;
  }
}
