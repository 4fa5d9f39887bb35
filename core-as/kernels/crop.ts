import { storeLanes } from "../runtime/lanes";
import { entryBytes, resampleColumn, resampleRow, writeTaps } from "../runtime/resample";
import { share } from "../runtime/share";

// y[n] = the box of images[index[n]] that row n names, resized with antialiasing, mirrored where it says flip, over 255
//
// Arguments: images, index, rows, y, scratch, N, H, W, height, width. One view at a time a thread: the box's rows are
// resized into lines [box height, width, 3] in scratch, then the lines' columns into y.

// A row of core/ops/crop.ts, in bytes.
const ROW_BYTES: usize = 20;
const TOP: usize = 0;
const LEFT: usize = 4;
const HEIGHT: usize = 8;
const WIDTH: usize = 12;
const FLIP: usize = 16;

/** Lines, a number beyond them that is written and not used, and the tables of both axes. */
function threadBytes(args: usize): usize {
  const H = load<u32>(args, 24);
  const W = load<u32>(args, 28);
  const height = load<u32>(args, 32);
  const width = load<u32>(args, 36);
  const tables = entryBytes(H, height) * <usize>height + entryBytes(W, width) * <usize>width;
  return (<usize>H * <usize>width * 12 + 16 + tables + 63) & ~63;
}

export function cropScratch(args: usize, threads: u32): usize {
  return threadBytes(args) * <usize>threads;
}

export function crop(args: usize, thread: u32, threads: u32): void {
  const index = load<usize>(args, 4);
  const rows = load<usize>(args, 8);
  const N = load<u32>(args, 20);
  const H = load<u32>(args, 24);
  const W = load<u32>(args, 28);
  const height = load<u32>(args, 32);
  const width = load<u32>(args, 36);
  const lines = load<usize>(args, 16) + threadBytes(args) * <usize>thread;
  const line = <usize>width * 12;
  const downEntry = entryBytes(H, height);
  const acrossEntry = entryBytes(W, width);
  const down = lines + <usize>H * line + 16;
  const across = down + downEntry * <usize>height;

  const end = share(N, 1, thread + 1, threads);
  for (let n = share(N, 1, thread, threads); n < end; n++) {
    const row = rows + <usize>n * ROW_BYTES;
    const boxHeight = <u32>load<f32>(row, HEIGHT);
    const mirrored = load<f32>(row, FLIP) != 0;
    writeTaps(down, downEntry, boxHeight, height);
    writeTaps(across, acrossEntry, <u32>load<f32>(row, WIDTH), width);
    const top = load<u32>(index + ((<usize>n) << 2)) * H + <u32>load<f32>(row, TOP);
    const box = load<usize>(args) + (<usize>top * <usize>W + <usize>(<u32>load<f32>(row, LEFT))) * 3;
    for (let i: u32 = 0; i < boxHeight; i++)
      resampleRow(
        lines + line * <usize>i,
        box + 3 * <usize>W * <usize>i,
        across,
        acrossEntry,
        width,
        mirrored,
      );
    let out = load<usize>(args, 12) + <usize>n * <usize>height * line;
    for (let h: u32 = 0; h < height; h++, out += line) {
      const taps = down + downEntry * <usize>h;
      for (let i: u32 = 0; i < 3 * width; i += 4) {
        const sums = resampleColumn(lines + ((<usize>i) << 2), line, taps);
        storeLanes(out + ((<usize>i) << 2), f32x4.div(sums, f32x4.splat(255)), 3 * width - i);
      }
    }
  }
}
