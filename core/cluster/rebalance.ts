import type { Stream } from "../random.ts";
import { bisect } from "./bisect.ts";
import { meanRow, type Rows } from "./rows.ts";

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

/** The place of the largest, of equal ones the first. */
function largest(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
  return best;
}

export interface RebalanceOptions {
  k: number;
  /** A cluster of fewer members dissolves. */
  least: number;
  /** Draws where splits begin. */
  random: Stream;
  rowsOf(members: readonly number[]): Promise<Rows>;
}

/**
 * Clusters of fewer than `least` members dissolve: each member goes to the cluster, of those large enough, with whose centroid
 * its row has the largest product. For each that is empty then, the largest is bisected; the halves' centroids are the
 * means of their rows, as `rowsOf` reads them. True where anything changed.
 *
 * Zhan et al. 2020, section 3.3 (https://arxiv.org/abs/2006.10645); by members as OpenSelfSup's odc_memory.py has it.
 */
export async function rebalance(
  { labels, centroids }: Standing,
  { k, least, random, rowsOf }: RebalanceOptions,
): Promise<boolean> {
  const counts = countsOf(labels, k);
  const [small, normal]: [number[], number[]] = [[], []];
  for (const [c, count] of counts.entries()) (count < least ? small : normal).push(c);
  if (!small.length || !normal.length) return false;

  const members = Array.from(counts, (): number[] => []);
  for (const [n, label] of labels.entries()) members[label].push(n);
  const homeless = small.flatMap((c) => members[c].splice(0));
  const rows = homeless.length ? await rowsOf(homeless) : undefined;
  for (const [i, n] of homeless.entries())
    members[normal[largest(normal.map((c) => product(rows!, i, centroids, c)))]].push(n);

  for (const empty of small) {
    const from = largest(members.map(({ length }) => length));
    const all = members[from].sort((a, b) => a - b);
    if (all.length < 2) break; // more clusters than rows
    const rows = await rowsOf(all);
    const halves = bisect(rows, { random, least });
    for (const [side, cluster] of [from, empty].entries()) {
      members[cluster] = all.filter((_, i) => halves[i] === side);
      centroids.set(
        meanRow(rows, (i) => halves[i] === side),
        cluster * rows.dimension,
      );
    }
  }
  for (const [c, own] of members.entries()) for (const n of own) labels[n] = c;
  return true;
}

/** Of a row and a centroid. */
function product({ values, dimension }: Rows, n: number, centroids: Float32Array, c: number): number {
  let sum = 0;
  for (let d = 0; d < dimension; d++) sum += values[n * dimension + d] * centroids[c * dimension + d];
  return sum;
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
