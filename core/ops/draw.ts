/** `count` integers from 0 up to but not including `below`, of a generator that is uniform on [-1, 1). */
export const integers = (uniform: () => number, count: number, below: number): number[] =>
  Array.from({ length: count }, () => Math.floor(((uniform() + 1) / 2) * below));

/** `count` numbers in [0.5, 2.5): for logarithms, roots and norms. */
export const positives = (uniform: () => number, count: number): number[] =>
  Array.from({ length: count }, () => 1.5 + uniform());

/** `count` multiples of 1/8 in [-1, 1]: their products and short sums are exact in f32, however steep what follows. */
export const eighths = (uniform: () => number, count: number): number[] =>
  Array.from({ length: count }, () => Math.round(8 * uniform()) / 8);
