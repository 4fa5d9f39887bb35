import { Jitter, packed } from "../core/ops/colorJitter.ts";
import { BOX, Box } from "../core/ops/crop.ts";

/** Rows of named columns, zeros where nothing is said. */
function rowsOf<Name extends string>(
  columns: Readonly<Record<Name, number>>,
  width: number,
  settings: readonly Partial<Record<Name, number>>[],
): Float32Array {
  const rows = new Float32Array(settings.length * width);
  settings.forEach((row, i) => {
    for (const name in row) rows[i * width + columns[name]] = row[name]!; // a key of the row
  });
  return rows;
}

/** Rows of `crop`. */
export const boxRows = (boxes: readonly Partial<Record<keyof typeof Box, number>>[]): Float32Array =>
  rowsOf(Box, BOX, boxes);

export const JITTER = Object.keys(Jitter).length; // columns

const NEUTRAL = { applies: 1, brightness: 1, contrast: 1, saturation: 1, order: packed([0, 1, 2, 3]) };

/** Rows of `colorJitter` that change nothing but what is said. */
export const jitterRows = (jitters: readonly Partial<Record<keyof typeof Jitter, number>>[]): Float32Array =>
  rowsOf(
    Jitter,
    JITTER,
    jitters.map((jitter) => ({ ...NEUTRAL, ...jitter })),
  );
