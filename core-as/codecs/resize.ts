import { entryBytes, resampleColumn, resampleRow, writeTaps } from "../runtime/resample";

// A box u8 [rows, columns, 3] -> u8 [height, width, 3]: bilinear with antialiasing (runtime/resample), rounded to nearest, halves
// to even. A module of its own, for one thread, with a memory of its own:
//
//     box, lines f32 [rows, width, 3], taps of both axes, output
//
// Each ends with room for what is read or written beyond it and not used: a vector of 4 pixels' bytes at most.

/** What lies below is the compiler's. */
const START: usize = 4096;
const ROOM: usize = 64;

/** Where the box goes: its rows close together. */
export function boxAt(): usize {
  return START;
}

/** Bytes of memory that a call takes; beyond 2^32 for what is too large. */
export function memoryFor(rows: u32, columns: u32, height: u32, width: u32): f64 {
  const box = 3 * <f64>rows * <f64>columns;
  const lines = 12 * <f64>rows * <f64>width;
  const down = <f64>entryBytes(rows, height) * <f64>height;
  const across = <f64>entryBytes(columns, width) * <f64>width;
  return <f64>(START + 3 * (ROOM + 16)) + box + lines + down + across + 3 * <f64>height * <f64>width;
}

/** Resizes the box that was put at `boxAt` and says where the output lies. */
export function resize(rows: u32, columns: u32, height: u32, width: u32): usize {
  const line = <usize>width * 12;
  const lines = after(START + 3 * <usize>rows * <usize>columns);
  const down = after(lines + line * <usize>rows);
  const downEntry = entryBytes(rows, height);
  const across = down + downEntry * <usize>height;
  const acrossEntry = entryBytes(columns, width);
  const out = across + acrossEntry * <usize>width;

  writeTaps(down, downEntry, rows, height);
  writeTaps(across, acrossEntry, columns, width);
  for (let i: u32 = 0; i < rows; i++)
    resampleRow(
      lines + line * <usize>i,
      START + 3 * <usize>columns * <usize>i,
      across,
      acrossEntry,
      width,
      false,
    );
  let to = out;
  for (let h: u32 = 0; h < height; h++, to += 3 * <usize>width) {
    const taps = down + downEntry * <usize>h;
    for (let i: usize = 0; i < 3 * <usize>width; i += 16) {
      const from = lines + (i << 2); // the vector's end may be the next line's: that line's bytes overwrite it
      const low = i16x8.narrow_i32x4_s(level(from, line, taps), level(from + 16, line, taps));
      const high = i16x8.narrow_i32x4_s(level(from + 32, line, taps), level(from + 48, line, taps));
      v128.store(to + i, i8x16.narrow_i16x8_u(low, high));
    }
  }
  return out;
}

function level(lines: usize, stride: usize, taps: usize): v128 {
  return i32x4.trunc_sat_f32x4_s(f32x4.nearest(resampleColumn(lines, stride, taps)));
}

/** The next block's beginning. */
function after(end: usize): usize {
  return (end + ROOM + 15) & ~15;
}
