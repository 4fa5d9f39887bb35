import { op } from "../op.ts";
import { fits } from "../shape.ts";
import type { Tensor } from "../tensor.ts";

/**
 * Each image turned by 0, 90, 180 and 270 degrees counter-clockwise, one after another:
 * y[4 n + t] = x[n] after t quarter turns, of which each puts row i, column j what was in row j, column L - 1 - i.
 *
 *     x [N, L, L, C] -> y [4 N, L, L, C]
 *
 * For images as they are fed: nothing is learned through it.
 */
export const quarterTurns = op<[x: Tensor]>({
  name: "quarterTurns",

  shape([x]) {
    fits(x.length === 4, "quarterTurns", "images have four axes", x);
    fits(x[1] === x[2], "quarterTurns", "images must be square", x);
    return [4 * x[0], ...x.slice(1)];
  },

  params: ([[N, L, , C]]) => ({ N, L, C }),

  reference([x], y, { N, L, C }) {
    const at = (n: number, i: number, j: number, c: number) => ((n * L + i) * L + j) * C + c;
    for (let n = 0; n < N; n++)
      for (let i = 0; i < L; i++)
        for (let j = 0; j < L; j++)
          for (let t = 0; t < 4; t++) {
            const [row, column] = turned(i, j, L, t);
            for (let c = 0; c < C; c++) y[at(4 * n + t, i, j, c)] = x[at(n, row, column, c)];
          }
  },

  examples: [
    [[[2, 3, 3, 2]], {}],
    [[[1, 1, 1, 1]], {}], // the smallest
    [[[3, 4, 4, 3]], {}],
    [[[5, 17, 17, 3]], {}],
    [[[2, 32, 32, 3]], {}],
  ],
});

/** What pixel lies in row i, column j after t quarter turns. */
function turned(i: number, j: number, L: number, t: number): [row: number, column: number] {
  return t === 0 ? [i, j] : turned(j, L - 1 - i, L, t - 1);
}
