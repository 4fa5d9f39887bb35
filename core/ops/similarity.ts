import type { Numbers } from "../op.ts";

/** The float64 similarity of rows i and j of z [M, D]: z[i] . z[j] / temperature. */
export function similarity(z: Numbers, i: number, j: number, D: number, temperature: number): number {
  let dot = 0;
  for (let d = 0; d < D; d++) dot += z[i * D + d] * z[j * D + d];
  return dot / temperature;
}

/** For each row of z [M, D] the logarithm of its summed exponential similarities to all others, in float64. */
export function logSumExpSimilarities(z: Numbers, D: number, temperature: number): Numbers {
  const M = z.length / D;
  return Float64Array.from({ length: M }, (_, i) => {
    const scores: number[] = [];
    for (let j = 0; j < M; j++) if (j !== i) scores.push(similarity(z, i, j, D, temperature));
    const top = Math.max(...scores);
    return top + Math.log(scores.reduce((sum, score) => sum + Math.exp(score - top), 0));
  });
}
