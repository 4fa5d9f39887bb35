import { oneLine } from "../oneLine.ts";
import { orientation } from "./exif.ts";
import type { ImageHeader } from "./header.ts";

/**
 * The size of a WebP file from its frame's header, without decoding. Throws on an animated one, and on one cut short.
 *
 * The size is the frame's own, not the canvas's: it is what the decoder allocates.
 * `bytes` may be no more than the beginning of a file of `size` bytes; also throws where that is not enough: EXIF's
 * orientation comes after the image.
 *
 * RFC 9649, 2.3 to 2.7; RFC 6386, 9.1 (lossy frames)
 */
export function webpHeader(bytes: Uint8Array, size = bytes.length): ImageHeader {
  const header: ImageHeader = { format: "webp", width: 0, height: 0, orientation: 1 };
  for (const { type, data } of chunks(bytes, size)) {
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    if (type === "VP8X" && data[0] & ANIMATION)
      throw new Error("webp: animations are not supported; save one frame as a file of its own");
    if (type === "EXIF") header.orientation = orientation(startsExif(data) ? data.subarray(6) : data);
    if (header.width !== 0) continue; // the first frame counts; EXIF comes after it
    if (type === "VP8 ") {
      if (data.length < 10 || view.getUint16(3) !== 0x9d01 || data[5] !== 0x2a)
        throw new Error("webp: damaged file: the frame does not begin with its start code");
      header.width = view.getUint16(6, true) & 0x3fff;
      header.height = view.getUint16(8, true) & 0x3fff;
      if (header.width === 0 || header.height === 0)
        throw new Error(`webp: the header says ${header.width} x ${header.height} pixels`);
    }
    if (type === "VP8L") {
      if (data.length < 5 || data[0] !== 0x2f)
        throw new Error("webp: damaged file: the frame does not begin with its signature");
      const packed = view.getUint32(1, true);
      header.width = (packed & 0x3fff) + 1;
      header.height = ((packed >>> 14) & 0x3fff) + 1;
    }
  }
  if (header.width === 0) throw new Error("webp: the file holds no image data (VP8 or VP8L)");
  return header;
}

const ANIMATION = 0x02; // of VP8X's flags

const startsExif = (data: Uint8Array) => String.fromCharCode(...data.subarray(0, 6)) === "Exif\0\0"; // some writers

const BEYOND = "webp: the header goes on beyond the file's beginning";

/** The chunks within the file's stated length; what comes after it is none of the image's. */
function* chunks(bytes: Uint8Array, size: number): Generator<{ type: string; data: Uint8Array }> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = 8 + view.getUint32(4, true);
  if (end > size) throw new Error("webp: the file ends in the middle: truncated file");
  for (let at = 12; at + 8 <= end; ) {
    if (at + 8 > bytes.length) throw new Error(BEYOND);
    const type = String.fromCharCode(...bytes.subarray(at, at + 4));
    const length = view.getUint32(at + 4, true);
    if (at + 8 + length > end)
      throw new Error(`webp: damaged file: a chunk (${oneLine(type)}) ends beyond the file`);
    if (at === 12 && !/^VP8[ LX]$/.test(type))
      throw new Error("webp: damaged file: it does not begin with VP8, VP8L or VP8X");
    if (at + 8 + length > bytes.length && !/^VP8[ L]$/.test(type)) throw new Error(BEYOND);
    yield { type, data: bytes.subarray(at + 8, at + 8 + length) }; // an image's may be cut short, behind its header
    at += 8 + length + (length % 2);
  }
}
