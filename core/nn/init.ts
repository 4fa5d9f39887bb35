import { stream } from "../random.ts";
import type { Init } from "../tensor.ts";

/** Uniform on [-bound, bound). */
export const uniform =
  (bound: number): Init =>
  (values, { seed, path }) => {
    const random = stream(seed, "init", path);
    for (let i = 0; i < values.length; i++) values[i] = bound * (2 * random.uniform() - 1);
  };

/** Normal with mean 0. */
export const normal =
  (deviation: number): Init =>
  (values, { seed, path }) => {
    const random = stream(seed, "init", path);
    for (let i = 0; i < values.length; i++) values[i] = deviation * random.normal();
  };

/** Rows of unit length in random directions. */
export const unitRows =
  (columns: number): Init =>
  (values, { seed, path }) => {
    const random = stream(seed, "init", path);
    for (let row = 0; row < values.length; row += columns) {
      const drawn = Array.from({ length: columns }, () => random.normal());
      const length = Math.sqrt(drawn.reduce((sum, x) => sum + x * x, 0));
      values.set(
        drawn.map((x) => x / length),
        row,
      );
    }
  };
