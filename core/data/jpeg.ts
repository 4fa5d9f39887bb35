import { orientation } from "./exif.ts";
import type { ImageHeader } from "./header.ts";

/**
 * The size of a JPEG file from its frame header (ITU T.81, B.2.2), without decoding.
 *
 * Markers are found as libjpeg finds them (jdmarker.c, next_marker), so that both read the same frame header: a file
 * cannot show this function a small size and the decoder a large one. Throws on what the decoder could not turn into RGB.
 */
export function jpegHeader(bytes: Uint8Array): ImageHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let turn = 1;
  let at = 2; // after the start of image
  for (;;) {
    while (at < bytes.length && bytes[at] !== 0xff) at++;
    while (at < bytes.length && bytes[at] === 0xff) at++;
    const marker = bytes[at++]; // undefined at the end: neither test below is true
    if (marker === 0x00 || marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7)) continue; // without a length
    const length = at + 2 <= bytes.length ? view.getUint16(at) : 0;
    if (length < 2 || at + length > bytes.length)
      throw new Error("jpeg: the file ends before its frame header");
    const segment = bytes.subarray(at + 2, at + length);
    if (marker === 0xda || marker === 0xd9) throw new Error("jpeg: the file holds no frame header");
    if (marker === 0xe1 && isExif(segment)) turn = orientation(segment.subarray(6));
    if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc)
      return { format: "jpeg", ...frame(segment), orientation: turn };
    at += length;
  }
}

/** Scans of a file, those of the previews in its metadata included: progressive files have some ten. */
const MOST_SCANS = 100;

/**
 * Throws for a file of so many scans that it can only be meant to keep the decoder busy: it goes over the whole image for each,
 * and a scan takes a dozen bytes. They are counted by their markers, which data within a scan does not hold (B.1.1.5).
 */
export function checkScans(bytes: Uint8Array): void {
  let scans = 0;
  for (let at = bytes.indexOf(0xff); at >= 0; at = bytes.indexOf(0xff, at + 1))
    if (bytes[at + 1] === 0xda && ++scans > MOST_SCANS)
      throw new Error(`jpeg: more than ${MOST_SCANS} scans are not decoded; save it anew`);
}

/** precision u8, height u16, width u16, components u8, then three bytes a component. */
function frame(segment: Uint8Array): { width: number; height: number } {
  if (segment.length < 6)
    throw new Error(`jpeg: the frame header has ${segment.length} bytes; it takes at least 6`);
  const [precision, h1, h0, w1, w0, components] = segment;
  const [width, height] = [w1 * 256 + w0, h1 * 256 + h0];
  if (precision !== 8) throw new Error(`jpeg: ${precision} bits a sample are not supported; save it with 8`);
  if (components === 4)
    throw new Error("jpeg: four colour components (CMYK) are not supported; convert it to RGB");
  if (components !== 1 && components !== 3)
    throw new Error(`jpeg: ${components} colour components are not supported; convert it to RGB`);
  if (width === 0 || height === 0) throw new Error(`jpeg: the frame header says ${width} x ${height} pixels`);
  return { width, height };
}

const isExif = (segment: Uint8Array) =>
  segment[0] === 0x45 &&
  segment[1] === 0x78 &&
  segment[2] === 0x69 &&
  segment[3] === 0x66 &&
  segment[4] === 0;
