import { stream } from "../core/random.ts";

/** Uniform on [-1, 1), seeded by name. */
export function uniform(...path: (string | number)[]): () => number {
  const random = stream(1, ...path);
  return () => 2 * random.uniform() - 1;
}

export const norm = (a: ArrayLike<number>): number => Math.hypot(...Array.from(a));

/** ||a - b|| / ||b||, or ||a - b|| where b is zero; infinite where a is not a number. */
export function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [difference, whole] = [0, 0];
  for (let i = 0; i < b.length; i++) {
    difference += (a[i] - b[i]) ** 2;
    whole += b[i] ** 2;
  }
  if (a.length !== b.length || Number.isNaN(difference)) return Number.POSITIVE_INFINITY;
  return Math.sqrt(difference) / (Math.sqrt(whole) || 1);
}
