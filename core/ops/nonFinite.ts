import { op } from "../op.ts";
import { fits } from "../shape.ts";
import type { Tensor } from "../tensor.ts";

/** Numbers of which one count tells. */
const CHUNK = 4096;

/**
 * How many numbers of each chunk of 4096 are infinite or NaN, told by their bits: WGSL may take both for impossible.
 *
 *     x [P] -> u32 [P / 4096], the last chunk shorter where P is no multiple
 */
export const nonFinite = op<[x: Tensor]>({
  name: "nonFinite",
  output: "u32",

  shape([x]) {
    fits(x.length === 1, "nonFinite", "the input must be flat", x);
    return [Math.ceil(x[0] / CHUNK)];
  },

  params: ([x]) => ({ size: x[0] }),

  reference([x], y, { size }) {
    y.fill(0);
    for (let i = 0; i < size; i++) if (!Number.isFinite(x[i])) y[Math.floor(i / CHUNK)]++;
  },

  draw: [
    (uniform, [P]) =>
      Array.from({ length: P }, () => {
        const drawn = uniform();
        return drawn > 0.5 ? [Number.NaN, Infinity, -Infinity, 3e38][Math.floor(16 * drawn) % 4] : drawn;
      }),
  ],
  examples: [
    [[[4096]], {}],
    [[[1]], {}], // the smallest
    [[[9001]], {}],
  ],
});
