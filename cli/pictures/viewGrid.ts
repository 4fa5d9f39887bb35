import type { Pictures, Preview } from "../../core/train/preview.ts";

/** One picture, u8 [height, width, 3]. */
export type Canvas = Pictures;

/** Pixels between pictures, around all, and between originals and views. */
const GAP = 4;
const MARGIN = 12;
const GUTTER = 16;
/** Small images are enlarged, by a whole number, to about this side. */
const SIDE = 96;
const PAPER = 255;

/**
 * A row an image: the original, then its views, each pixel a square where images are small. Views that are smaller than the
 * largest stand in the middle of their cells.
 */
export function viewGrid({ index, originals, views }: Preview): Canvas {
  const columns = [originals, ...views];
  const side = (of: "height" | "width") => Math.max(...columns.map((each) => each[of]));
  const scale = Math.max(1, Math.round(SIDE / Math.max(side("height"), side("width"))));
  const cell = { height: scale * side("height"), width: scale * side("width") };
  const left = (column: number) => MARGIN + column * (cell.width + GAP) + (column ? GUTTER - GAP : 0);
  const top = (row: number) => MARGIN + row * (cell.height + GAP);
  const height = top(index.length - 1) + cell.height + MARGIN;
  const width = left(columns.length - 1) + cell.width + MARGIN;
  const canvas = { pixels: new Uint8Array(height * width * 3).fill(PAPER), height, width };
  for (const [column, pictures] of columns.entries())
    for (let row = 0; row < index.length; row++) {
      const inset = (of: "height" | "width") => Math.floor((cell[of] - scale * pictures[of]) / 2);
      paint(canvas, pictures, row, {
        top: top(row) + inset("height"),
        left: left(column) + inset("width"),
        scale,
      });
    }
  return canvas;
}

/** The n-th picture, enlarged, onto the canvas. */
function paint(
  canvas: Canvas,
  { pixels, height, width }: Pictures,
  n: number,
  { top, left, scale }: { top: number; left: number; scale: number },
): void {
  for (let y = 0; y < scale * height; y++)
    for (let x = 0; x < scale * width; x++) {
      const from = ((n * height + Math.floor(y / scale)) * width + Math.floor(x / scale)) * 3;
      canvas.pixels.set(pixels.subarray(from, from + 3), ((top + y) * canvas.width + left + x) * 3);
    }
}
