import type { Numbers } from "../op.ts";

/** The columns of a row of view parameters. Pixels for the crop, 0 or 1 for flip, jitter and gray, factors for the rest. */
export const Column = {
  top: 0,
  left: 1,
  height: 2,
  width: 3,
  flip: 4,
  jitter: 5, // 1 where the jitter applies
  brightness: 6,
  contrast: 7,
  saturation: 8,
  hue: 9, // in turns
  order: 10, // of the four jitters, packed: see jitterAt
  gray: 11,
} as const;

/** Columns of a row. */
export const ROW = 12;

/** Which jitter comes at `step` (0 .. 3) of a packed order: 0 brightness, 1 contrast, 2 saturation, 3 hue. */
export const jitterAt = (order: number, step: number): number => (order >> (2 * step)) & 3;

/** Rows for examples, with boxes anywhere in an image of height x width and factors as strong as any in use. */
export function exampleRows(uniform: () => number, rows: number, height = 1, width = 1): Numbers {
  const below = (n: number) => Math.floor(((uniform() + 1) / 2) * n);
  const between = (low: number, high: number) => low + ((uniform() + 1) / 2) * (high - low);
  const values = new Float64Array(rows * ROW);
  for (let o = 0; o < values.length; o += ROW) {
    values[o + Column.height] = 1 + below(height);
    values[o + Column.width] = 1 + below(width);
    values[o + Column.top] = below(height - values[o + Column.height] + 1);
    values[o + Column.left] = below(width - values[o + Column.width] + 1);
    values[o + Column.flip] = below(2);
    values[o + Column.jitter] = Number(below(4) > 0);
    values[o + Column.brightness] = between(0.2, 1.8);
    values[o + Column.contrast] = between(0.2, 1.8);
    values[o + Column.saturation] = between(0.2, 1.8);
    values[o + Column.hue] = between(-0.5, 0.5);
    const left = [0, 1, 2, 3];
    for (let step = 0; step < 4; step++)
      values[o + Column.order] += left.splice(below(left.length), 1)[0] << (2 * step);
    values[o + Column.gray] = below(2);
  }
  return values;
}
