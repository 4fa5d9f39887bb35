import { z } from "zod";
import { fits } from "../shape.ts";
import { augmentation, type Extents } from "./augmentation.ts";
import { integers } from "./draw.ts";

/** Cells along each axis of the grid, and in all of it. */
const GRID = 3;
export const CELLS = GRID * GRID;

const cell = (extent: number): number => Math.floor(extent / GRID);

/** Places of a patch along an axis of its cell. */
function places(extent: number, size: number): number {
  const count = cell(extent) - size + 1;
  if (count < 1)
    throw new RangeError(
      `patches: ${size} pixels do not fit into a cell of ${cell(extent)}, a third of ${extent}`,
    );
  return count;
}

/**
 * A patch of each cell of a 3 x 3 grid, put together again side by side; what lies between them is dropped.
 *
 *     y[n, a size + i, b size + j] = x[n, a floor(H / 3) + top[n, a, b] + i, b floor(W / 3) + left[n, a, b] + j]
 *
 *     x [N, H, W, 3], rows [N, 18] (top and left in their cell, cell after cell from the left above) -> y [N, 3 size, 3 size, 3]
 *
 * Each place where a patch fits into its cell is as likely, so that patches seldom meet and edges do not go on from one to
 * the next. Doersch et al. 2015. https://arxiv.org/abs/1505.05192
 */
export const patches = augmentation<{ size: number }, { size: number }>({
  name: "patches",

  config: z
    .strictObject({
      size: z
        .int()
        .positive()
        .max(1024)
        .describe(
          "Pixels of a patch's side; at most a third of the view's, of which it leaves the rest out.",
        ),
    })
    .describe("A patch of each cell of a 3 x 3 grid, at a random place in it; all nine side by side."),
  columns: 2 * CELLS,
  sample(rows, at, { size }, random, { height, width }) {
    const [down, across] = [places(height, size), places(width, size)];
    for (let c = 0; c < CELLS; c++) {
      rows[at + 2 * c] = random.below(down);
      rows[at + 2 * c + 1] = random.below(across);
    }
  },
  least: ({ size }) => GRID * size,
  extents: ({ size }): Extents => ({ height: GRID * size, width: GRID * size }),
  apart: true,
  apply: (self, x, rows, { size }) => self(x, rows, { size }),

  shape([x], { size }) {
    const inside = size >= 1 && size <= cell(Math.min(x[1], x[2]));
    fits(inside, "patches", `${size} pixels do not fit into a third of a view`, x);
    return [x[0], GRID * size, GRID * size, 3];
  },

  params: ([[N, H, W]], _y, { size }) => ({ N, H, W, size }),

  reference([x, rows], y, { N, H, W, size }) {
    for (let n = 0; n < N; n++)
      for (let h = 0; h < GRID * size; h++)
        for (let w = 0; w < GRID * size; w++) {
          const [a, b] = [Math.floor(h / size), Math.floor(w / size)];
          const row = 2 * ((n * GRID + a) * GRID + b);
          const i = a * cell(H) + rows[row] + (h % size);
          const j = b * cell(W) + rows[row + 1] + (w % size);
          for (let c = 0; c < 3; c++)
            y[((n * GRID * size + h) * GRID * size + w) * 3 + c] = x[((n * H + i) * W + j) * 3 + c];
        }
  },

  exampleRows: (uniform, [N]) => integers(uniform, 2 * CELLS * N, 3), // all examples have as many places
  examples: [
    [
      [
        [1, 9, 9, 3],
        [1, 2 * CELLS],
      ],
      { size: 1 },
    ], // the smallest
    [
      [
        [5, 17, 23, 3],
        [5, 2 * CELLS],
      ],
      { size: 2 },
    ], // a remainder that no cell has
    [
      [
        [3, 63, 63, 3],
        [3, 2 * CELLS],
      ],
      { size: 16 },
    ],
  ],
});
