import { finish } from "./epilogue";
import { rowsTile16 } from "./rowsTile16";
import { COLUMNS, packedRows, packRows, ROWS, rowsTile, spill, TABLE } from "./tile";
import { wide } from "./wide";

// What the convolution passes share: bands of a padded image, and the product of its windows with packed weights.

/** Output pixels that a band aims at: enough to hide its overhead, few enough for the second cache. */
const BAND: u32 = 256;

/** Rows of output of one band. */
export function bandRows(rows: u32, columns: u32): u32 {
  return min(rows, max<u32>(1, BAND / columns));
}

/**
 * Copies channels of a rectangle of an image [H, W, C] to [rows, columns, channels], zeros where it leaves the image.
 * `row` and `column` are where the rectangle begins and may be negative; `from` points at the first channel wanted.
 */
export function padded(
  from: usize,
  H: i32,
  W: i32,
  C: u32,
  row: i32,
  column: i32,
  to: usize,
  rows: i32,
  columns: i32,
  channels: u32,
): void {
  const bytes = (<usize>channels) << 2;
  const left = min(columns, max<i32>(0, -column));
  const right = max(left, min(columns, W - column));
  for (let r = 0; r < rows; r++) {
    const h = row + r;
    const line = to + <usize>(r * columns) * bytes;
    if (h < 0 || h >= H) {
      memory.fill(line, 0, <usize>columns * bytes);
      continue;
    }
    memory.fill(line, 0, <usize>left * bytes);
    memory.fill(line + <usize>right * bytes, 0, <usize>(columns - right) * bytes);
    let source = from + ((<usize>((h * W + column + left) * C)) << 2);
    let target = line + <usize>left * bytes;
    if (channels == C) memory.copy(target, source, <usize>(right - left) * bytes);
    else
      for (let w = left; w < right; w++, source += (<usize>C) << 2, target += bytes)
        memory.copy(target, source, bytes);
  }
}

/** Table, tile for overhangs, its targets. */
const FIXED: usize = (TABLE + ((ROWS * COLUMNS) << 2) + (ROWS << 2) + 63) & ~63;

/** Bytes of working memory of `windows` of so many numbers. */
export function windowsBytes(numbers: u32): usize {
  return FIXED + packedRows(numbers);
}

/**
 * Products of windows with weights: y[pixel][0..channels] = sum over taps and depth of window numbers * packed weights.
 *
 * Windows begin at image + (r * line + c * step); pixel (r, c) lies at y + r * yLine + c * yStep. Weights come in panels
 * of eight channels, [channels / 8][taps * depth][8]. All steps are in bytes, and `channel`, the first one, for the epilogue.
 */
export function windows(
  work: usize,
  image: usize,
  rows: u32,
  columns: u32,
  line: usize,
  step: usize,
  offsets: usize,
  taps: u32,
  depth: u32,
  packed: usize,
  channels: u32,
  y: usize,
  yLine: usize,
  yStep: usize,
  epilogue: usize = 0,
  channel: usize = 0,
): void {
  const table = work;
  const tile = work + TABLE;
  const pixels = rows * columns;
  const packedWindows = work + FIXED;
  const numbers = taps * depth;
  const panel = (<usize>numbers) << 5;
  let r: u32 = 0;
  let c: u32 = 0;
  for (let pixel: u32 = 0; pixel < pixels; pixel += ROWS) {
    const count = min(pixels - pixel, ROWS);
    for (let i: u32 = 0; i < ROWS; i++) {
      const at = table + (i << 2);
      if (i < count) {
        store<usize>(at, image + r * line + c * step);
        store<usize>(at, y + r * yLine + c * yStep, 24);
        if (++c == columns) {
          c = 0;
          r++;
        }
      } else store<usize>(at, load<usize>(table));
    }
    packRows(table, offsets, taps, depth, packedWindows);
    if (count == ROWS) {
      let b = packed;
      let column: usize = 0;
      let rest = channels;
      if (wide())
        for (; rest >= 2 * COLUMNS; rest -= 2 * COLUMNS, b += 2 * panel, column += 64)
          rowsTile16(table, packedWindows, b, b + panel, numbers, column);
      for (; rest >= COLUMNS; rest -= COLUMNS, b += panel, column += 32)
        rowsTile(table, packedWindows, b, numbers, column, false);
      if (rest) overhang(table, tile, packedWindows, b, numbers, count, rest, column);
    } else
      for (let n: u32 = 0; n < channels; n += COLUMNS)
        overhang(
          table,
          tile,
          packedWindows,
          packed + (n >> 3) * panel,
          numbers,
          count,
          min(channels - n, COLUMNS),
          n << 2,
        );
    if (epilogue)
      for (let i: u32 = 0; i < count; i++) {
        const pixel = load<usize>(table + (i << 2), 24);
        finish(epilogue, pixel, pixel, channel, (<usize>channels) << 2);
      }
  }
}

/** A tile of which only some rows or columns are wanted: computed aside, then spilled. */
function overhang(
  table: usize,
  tile: usize,
  a: usize,
  b: usize,
  numbers: u32,
  rows: u32,
  columns: u32,
  column: usize,
): void {
  for (let i: u32 = 0; i < ROWS; i++) {
    const at = table + (i << 2);
    // the true targets wait in the words behind the tile
    store<usize>(tile + ((ROWS * COLUMNS) << 2) + (i << 2), load<usize>(at, 24));
    store<usize>(at, tile + (i << 5), 24);
  }
  rowsTile(table, a, b, numbers, 0, false);
  const targets = tile + ((ROWS * COLUMNS) << 2);
  spill(tile, targets, rows, columns, column);
  for (let i: u32 = 0; i < ROWS; i++) store<usize>(table + (i << 2), load<usize>(targets + (i << 2)), 24);
}
