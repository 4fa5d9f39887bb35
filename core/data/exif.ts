/**
 * How to turn a stored image upright: EXIF's orientation tag, 1 (as stored) to 8.
 *
 *     tiff: the TIFF block of a JPEG's APP1 segment (after "Exif\0\0") or of a PNG's eXIf chunk
 *
 * 1 wherever the block is damaged or says nothing: a picture is not refused for its metadata.
 * CIPA DC-008 (Exif 2.32), 4.6.4 A.
 */
export function orientation(tiff: Uint8Array): number {
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength);
  if (view.byteLength < 8) return 1;
  const order = view.getUint16(0);
  if (order !== 0x4949 && order !== 0x4d4d) return 1; // "II", "MM"
  const little = order === 0x4949;
  const directory = view.getUint32(4, little);
  if (directory + 2 > view.byteLength) return 1;
  const entries = view.getUint16(directory, little);
  for (let i = 0; i < entries; i++) {
    const entry = directory + 2 + 12 * i;
    if (entry + 12 > view.byteLength) return 1;
    if (view.getUint16(entry, little) !== 0x0112) continue;
    const value = view.getUint16(entry + 8, little);
    return value >= 1 && value <= 8 ? value : 1;
  }
  return 1;
}

/**
 * RGBA pixels as a decoder gives them -> RGB pixels, upright. Alpha is dropped, not composited, as PIL's
 * convert("RGB") does: what lies under transparent pixels shows.
 *
 *     rgba [height, width, 4] -> pixels [height, width, 3], or [width, height, 3] for orientations 5 to 8
 */
export function upright(
  rgba: Uint8Array | Uint8ClampedArray,
  { width, height, orientation }: { width: number; height: number; orientation: number },
): { width: number; height: number; pixels: Uint8Array } {
  const [w, h] = [width, height];
  const last = w * h - 1;
  // Where the upright image's first pixel is stored, and how far its neighbours to the right and below are.
  const [origin, right, below] = {
    1: [0, 1, w],
    2: [w - 1, -1, w],
    3: [last, -1, -w],
    4: [last - w + 1, 1, -w],
    5: [0, w, 1],
    6: [last - w + 1, -w, 1],
    7: [last, -w, -1],
    8: [w - 1, w, -1],
  }[orientation] as [number, number, number];
  const [columns, rows] = orientation < 5 ? [w, h] : [h, w];
  const pixels = new Uint8Array(w * h * 3);
  let to = 0;
  for (let y = 0; y < rows; y++) {
    let from = 4 * (origin + y * below);
    for (let x = 0; x < columns; x++) {
      pixels[to] = rgba[from];
      pixels[to + 1] = rgba[from + 1];
      pixels[to + 2] = rgba[from + 2];
      to += 3;
      from += 4 * right;
    }
  }
  return { width: columns, height: rows, pixels };
}
