import type { Rows } from "./rows.ts";

/**
 * Two clusters of a few rows on the host: Lloyd's rounds in float64, begun at the row that is farthest from the mean and
 * at the one that is farthest from that. True where a row belongs to the second.
 *
 * Where they cannot be told apart, all rows being equal, the halves are those of even and odd places.
 */
export function bisect({ values, count, dimension }: Rows, { iterations = 20 } = {}): boolean[] {
  const row = (n: number) => Float64Array.from(values.subarray(n * dimension, (n + 1) * dimension));
  const meanOf = (members: number[]) => {
    const mean = new Float64Array(dimension);
    for (const n of members)
      for (let d = 0; d < dimension; d++) mean[d] += values[n * dimension + d] / members.length;
    return mean;
  };
  const distance = (n: number, centre: Float64Array) =>
    centre.reduce((sum, x, d) => sum + (values[n * dimension + d] - x) ** 2, 0);
  const all = Array.from({ length: count }, (_, n) => n);
  const farthest = (centre: Float64Array) =>
    all.reduce((best, n) => (distance(n, centre) > distance(best, centre) ? n : best), 0);

  const first = row(farthest(meanOf(all)));
  let centres = [first, row(farthest(first))];
  let second: boolean[] = [];
  for (let i = 0; i < iterations; i++) {
    const [a, b] = centres;
    const found = all.map((n) => distance(n, b) < distance(n, a));
    if (!found.includes(true)) return all.map((n) => n % 2 === 1);
    if (i && found.every((each, n) => each === second[n])) break;
    second = found;
    centres = [false, true].map((side) => meanOf(all.filter((n) => second[n] === side)));
  }
  return second;
}
