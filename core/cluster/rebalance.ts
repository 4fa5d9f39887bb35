import { bisect } from "./bisect.ts";
import type { Rows } from "./rows.ts";

/** Clusters as they stand: they are changed where they are. */
export interface Standing {
  labels: Uint32Array; // [N]
  centroids: Float32Array; // [k, D]
}

/** How many labels there are of each of k clusters. */
export function countsOf(labels: Uint32Array, k: number): Uint32Array<ArrayBuffer> {
  const counts = new Uint32Array(k);
  for (const label of labels) counts[label]++;
  return counts;
}

/** The place of the largest. */
const largest = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((best, value, i, all) => (value > all[best] ? i : best), 0);

/**
 * Clusters of fewer than `least` members dissolve: all of one go to the other cluster, of those large enough, whose centroid
 * has the largest product with its own. For each that is empty then, the largest is bisected; the halves' centroids are the
 * means of their rows, as `rowsOf` reads them. True where anything changed.
 *
 * Zhan et al. 2020, section 3.3. https://arxiv.org/abs/2006.10645
 */
export async function rebalance(
  { labels, centroids }: Standing,
  { k, least, rowsOf }: { k: number; least: number; rowsOf: (members: Uint32Array) => Promise<Rows> },
): Promise<boolean> {
  const counts = countsOf(labels, k);
  const D = centroids.length / k;
  const small = [...counts.keys()].filter((c) => counts[c] < least);
  if (!small.length || small.length === k) return false;
  const normal = [...counts.keys()].filter((c) => counts[c] >= least);
  const product = (a: number, b: number) => {
    let sum = 0;
    for (let d = 0; d < D; d++) sum += centroids[a * D + d] * centroids[b * D + d];
    return sum;
  };
  const target = new Map(small.map((c) => [c, normal[largest(normal.map((other) => product(c, other)))]]));
  for (const [n, label] of labels.entries()) labels[n] = target.get(label) ?? label;

  for (const empty of small) {
    const from = largest(countsOf(labels, k));
    const members = Uint32Array.from(labels.keys()).filter((n) => labels[n] === from);
    if (members.length < 2) break; // more clusters than rows
    const rows = await rowsOf(members);
    const second = bisect(rows);
    for (const [i, n] of members.entries()) if (second[i]) labels[n] = empty;
    for (const [cluster, side] of [
      [from, false],
      [empty, true],
    ] as const)
      centroids.set(
        meanRow(rows, (i) => second[i] === side),
        cluster * D,
      );
  }
  return true;
}

/** The mean of the rows that are members. */
function meanRow({ values, count, dimension }: Rows, isMember: (n: number) => boolean): Float64Array {
  const mean = new Float64Array(dimension);
  let members = 0;
  for (let n = 0; n < count; n++) {
    if (!isMember(n)) continue;
    members++;
    for (let d = 0; d < dimension; d++) mean[d] += values[n * dimension + d];
  }
  return mean.map((sum) => sum / members);
}

/** Centroids become the means of their members, of clusters that have any. */
export function recentre({ labels, centroids }: Standing, { values, dimension }: Rows, k: number): void {
  const counts = countsOf(labels, k);
  const sums = new Float64Array(centroids.length);
  for (const [n, label] of labels.entries())
    for (let d = 0; d < dimension; d++) sums[label * dimension + d] += values[n * dimension + d];
  for (const [at, sum] of sums.entries()) {
    const members = counts[Math.floor(at / dimension)];
    if (members) centroids[at] = sum / members;
  }
}
