import type { Numbers } from "../op.ts";

/** The float64 similarity of row i of a [.., D] and row j of b [.., D]: a[i] . b[j] / temperature. */
export function similarity(
  a: Numbers,
  i: number,
  b: Numbers,
  j: number,
  { D, temperature }: { D: number; temperature: number },
): number {
  let dot = 0;
  for (let d = 0; d < D; d++) dot += a[i * D + d] * b[j * D + d];
  return dot / temperature;
}

/** The row of z [M, D] that shows the same image as row i: views lie in two halves. */
export const partner = (i: number, M: number): number => (i + M / 2) % M;

/** log sum exp, in float64. */
export function logSum(scores: readonly number[]): number {
  const top = Math.max(...scores);
  return top + Math.log(scores.reduce((sum, score) => sum + Math.exp(score - top), 0));
}

/** For each row of z [M, D] the logarithm of its summed exponential similarities to all others, in float64. */
export function logSumOthers(z: Numbers, fields: { D: number; temperature: number }): Numbers {
  const M = z.length / fields.D;
  return Float64Array.from({ length: M }, (_, i) => {
    const others = Array.from({ length: M }, (_, j) => j).filter((j) => j !== i);
    return logSum(others.map((j) => similarity(z, i, z, j, fields)));
  });
}

/** For each row of q [N, D] the logarithm of its summed exponential similarities to the rows of k [K, D], in float64. */
export function logSumKeys(q: Numbers, k: Numbers, fields: { D: number; temperature: number }): Numbers {
  const keys = Array.from({ length: k.length / fields.D }, (_, j) => j);
  return Float64Array.from({ length: q.length / fields.D }, (_, i) =>
    logSum(keys.map((j) => similarity(q, i, k, j, fields))),
  );
}
