import type { Backend } from "../backend.ts";
import { stream } from "../random.ts";
import { type Assigned, compileAssignment, less } from "./assignment.ts";
import { countsOf } from "./rebalance.ts";
import { columnMeans, type Rows } from "./rows.ts";

export interface KmeansOptions {
  /** Clusters, from 1 to the number of rows. */
  k: number;
  /** Rounds of assignment and update; fewer where no label changes any more. */
  iterations?: number;
  /** Draws the rows at which centroids start. */
  seed?: number;
  /** Where centroids start instead: [k, D]. */
  start?: Float32Array;
}

export interface Clusters extends Assigned {
  centroids: Float32Array<ArrayBuffer>; // [k, D]
  counts: Uint32Array<ArrayBuffer>; // [k], none is 0
  /** Sum of the squared distances of all rows to their centroids. */
  inertia: number;
}

/** How far apart the halves of a split cluster start: of its root mean square radius along each axis; faiss has 1/1024. */
const SPLIT = 1 / 1024;

/**
 * Lloyd's k-means: rows go to the nearest centroid, centroids to the mean of their rows, so many times; then rows are
 * assigned once more, so that labels are those of the centroids returned.
 *
 *     rows [N, D] -> centroids [k, D], labels [N]
 *
 * A cluster that has become empty gets a half of the largest: both start beside its centroid, a little apart. One that is
 * empty at the end, as where rows repeat, is given the row that lies farthest from its centroid. So no cluster is ever
 * empty; of N equal rows, k - 1 stand alone.
 *
 * Lloyd 1982. https://doi.org/10.1109/TIT.1982.1056489
 * Splitting as in faiss: https://github.com/facebookresearch/deepcluster/issues/87
 * Throws where k is not from 1 to N, or a value is not finite.
 */
export async function kmeans(
  backend: Backend,
  rows: Rows,
  { k, iterations = 20, seed = 0, start }: KmeansOptions,
): Promise<Clusters> {
  const { count, dimension } = rows;
  if (!(Number.isInteger(k) && k >= 1 && k <= count))
    throw new RangeError(`kmeans: k = ${k} clusters of ${count} rows; k must be from 1 to ${count}`);
  const mean = columnMeans("kmeans", rows);
  const first = start ?? chosenRows(rows, k, seed);
  columnMeans("kmeans: start", { values: Float32Array.from(first), count: k, dimension });

  const centroids = less(first, mean); // relative to the mean until the end
  const assignment = await compileAssignment(backend, rows, { k, mean });
  try {
    let found = await assignment.run(centroids);
    for (let i = 0; i < iterations; i++) {
      const before = found.labels;
      update(centroids, found, k);
      found = await assignment.run(centroids);
      if (found.labels.every((label, n) => label === before[n])) break;
    }
    const { labels, distances } = found;
    const counts = countsOf(labels, k);
    fill({ labels, distances, counts, centroids }, (n) => less(rowOf(rows, n), mean));
    return {
      ...{ labels, distances, counts },
      centroids: centroids.map((value, at) => value + mean[at % dimension]),
      inertia: distances.reduce((sum, distance) => sum + distance, 0),
    };
  } finally {
    assignment.free();
  }
}

const rowOf = ({ values, dimension }: Rows, n: number) => values.subarray(n * dimension, (n + 1) * dimension);

/** k different rows: a shuffle, broken off. */
function chosenRows(rows: Rows, k: number, seed: number): Float32Array<ArrayBuffer> {
  const random = stream(seed, "kmeans");
  const moved = new Map<number, number>(); // where a shuffle has put another row than that of the place's number
  const chosen = new Float32Array(k * rows.dimension);
  for (let i = 0; i < k; i++) {
    const from = i + random.below(rows.count - i);
    chosen.set(rowOf(rows, moved.get(from) ?? from), i * rows.dimension);
    moved.set(from, moved.get(i) ?? i);
  }
  return chosen;
}

/** Centroids become the means of their rows; the largest clusters are split in favour of the empty. */
function update(
  centroids: Float32Array,
  { labels, distances, sums }: Assigned & { sums: Float32Array },
  k: number,
): void {
  const dimension = centroids.length / k;
  const counts = countsOf(labels, k);
  for (let at = 0; at < centroids.length; at++) {
    const members = counts[Math.floor(at / dimension)];
    if (members) centroids[at] = sums[at] / members;
  }
  if (!counts.includes(0)) return;
  const spread = new Float64Array(k);
  for (const [n, label] of labels.entries()) spread[label] += distances[n] / counts[label] / dimension;
  for (let empty = counts.indexOf(0); empty >= 0; empty = counts.indexOf(0, empty + 1)) {
    const largest = counts.reduce((best, members, c) => (members > counts[best] ? c : best), 0);
    if (counts[largest] < 2) return;
    spread[empty] = spread[largest];
    for (let d = 0; d < dimension; d++) {
      const centre = centroids[largest * dimension + d];
      const step = (d % 2 ? -SPLIT : SPLIT) * Math.sqrt(spread[largest]);
      centroids[empty * dimension + d] = centre + step;
      centroids[largest * dimension + d] = centre - step;
    }
    counts[empty] = Math.floor(counts[largest] / 2);
    counts[largest] -= counts[empty];
  }
}

/** Empty clusters take, one each, the rows that are farthest from their centroids and not alone. */
function fill(
  { labels, distances, counts, centroids }: Assigned & { counts: Uint32Array; centroids: Float32Array },
  row: (n: number) => Float32Array,
): void {
  if (!counts.includes(0)) return;
  const farthest = Array.from(labels.keys()).sort((a, b) => distances[b] - distances[a] || a - b);
  let next = 0;
  for (let empty = counts.indexOf(0); empty >= 0; empty = counts.indexOf(0, empty + 1)) {
    while (counts[labels[farthest[next]]] < 2) next++;
    const n = farthest[next++];
    counts[labels[n]]--;
    counts[empty] = 1;
    [labels[n], distances[n]] = [empty, 0];
    centroids.set(row(n), (empty * centroids.length) / counts.length);
  }
}
