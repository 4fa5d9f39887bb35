// Resizing along one axis by a triangle filter, which widens where the image shrinks (antialiasing) and is plain bilinear
// interpolation where it grows. Resizing a box to `count` pixels, pixel j of the box weighs in pixel i
//
//     max(0, 2 max(box, count) - |(2 j + 1) count - (2 i + 1) box|), over the sum of these:
//
// whole numbers up to the quotient, so that no weight is distorted by rounding.

/** What pixel i is made of, one entry a pixel: first pixel of the box, number of pixels, a weight for each. */
const WEIGHTS: usize = 8;

/** Bytes of an entry for boxes up to `extent`. */
export function entryBytes(extent: u32, count: u32): usize {
  return WEIGHTS + ((<usize>(((extent + count - 1) / count) * 2 + 1)) << 2);
}

/** Writes the entries of a box that is resized to `count` pixels, `entry` bytes each. */
export function writeTaps(table: usize, entry: usize, box: u32, count: u32): void {
  const support = max(box, count) * 2;
  for (let i: u32 = 0; i < count; i++, table += entry) {
    const centre = (i * 2 + 1) * box;
    const low = support + count;
    const first: u32 = centre < low ? 0 : (centre - low) / (count * 2) + 1;
    const end = min(box, (centre + low - 1) / (count * 2));
    store<u32>(table, first);
    store<u32>(table, end - first, 4);
    let sum: u64 = 0; // beyond 2^32 where 50,000 pixels become a few
    for (let j = first; j < end; j++) sum += weight(j, centre, count, support);
    for (let j = first; j < end; j++)
      store<f32>(
        table + WEIGHTS + ((<usize>(j - first)) << 2),
        <f32>weight(j, centre, count, support) / <f32>sum,
      );
  }
}

function weight(j: u32, centre: u32, count: u32, support: u32): u32 {
  return support - <u32>abs<i32>(<i32>((j * 2 + 1) * count) - <i32>centre);
}

/**
 * A row of the box, u8 [box, 3], to f32 [count, 3] at `out`, mirrored if asked. Writes one number beyond the end, and reads
 * one byte.
 */
export function resampleRow(
  out: usize,
  row: usize,
  table: usize,
  entry: usize,
  count: u32,
  mirrored: bool,
): void {
  for (let i: u32 = 0; i < count; i++, out += 12) {
    const taps = table + <usize>(mirrored ? count - 1 - i : i) * entry;
    let p = row + <usize>load<u32>(taps) * 3;
    let w = taps + WEIGHTS;
    const end = w + ((<usize>load<u32>(taps, 4)) << 2);
    let sum = f32x4.splat(0);
    for (; w < end; w += 4, p += 3) sum = f32x4.add(sum, f32x4.mul(v128.load_splat<f32>(w), pixel(p)));
    v128.store(out, sum);
  }
}

/** Red, green, blue and a stray byte as numbers. */
function pixel(at: usize): v128 {
  return f32x4.convert_i32x4_u(i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(at))));
}

/** Four numbers of a column of rows that lie `stride` bytes apart, by the entry `taps`. */
export function resampleColumn(rows: usize, stride: usize, taps: usize): v128 {
  let p = rows + <usize>load<u32>(taps) * stride;
  let w = taps + WEIGHTS;
  const end = w + ((<usize>load<u32>(taps, 4)) << 2);
  let sum = f32x4.splat(0);
  for (; w < end; w += 4, p += stride) sum = f32x4.add(sum, f32x4.mul(v128.load_splat<f32>(w), v128.load(p)));
  return sum;
}
