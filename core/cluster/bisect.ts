import type { Stream } from "../random.ts";
import { meanRow, type Rows } from "./rows.ts";

export interface BisectOptions {
  /** Draws where rounds begin. */
  random: Stream;
  /** Rows that a half must have, where there are enough. */
  least?: number;
  /** Rounds at most. */
  iterations?: number;
}

/** How often the rounds begin anew; of all, the halves of the least inertia count. */
const STARTS = 4;

/** 1 where a row belongs to the second half. */
type Halves = Uint8Array;

/**
 * Two clusters of a few rows on the host, by the best of some runs of Lloyd's rounds in float64. 1 where a row belongs to the half
 * that the first row is not in.
 *
 * A run begins at a row, and at another that is as likely as its squared distance to the first is large. Where the best
 * halves leave one with fewer than `least` rows, as misfits do, the cut goes through the middle instead, across the line
 * from mean to mean. Rows that are all equal go by turns.
 *
 * Arthur and Vassilvitskii 2007, section 2.2: k-means++. https://doi.org/10.5555/1283383.1283494
 */
export function bisect(rows: Rows, { random, least = 1, iterations = 20 }: BisectOptions): Halves {
  let best: ReturnType<typeof lloyd> | undefined;
  for (let i = 0; i < STARTS; i++) {
    const start = startOf(rows, random);
    if (!start) return Uint8Array.from({ length: rows.count }, (_, n) => n % 2);
    const found = lloyd(rows, start, iterations);
    if (!best || found.inertia < best.inertia) best = found;
  }
  const { halves, centres } = best!;
  const size = halves.reduce((sum, side) => sum + side, 0);
  const balanced = Math.min(size, rows.count - size) >= least || rows.count < 2 * least;
  const found = balanced ? halves : cutAcross(rows, centres);
  return found[0] ? found.map((side) => 1 - side) : found;
}

/** Squared distance of a row to a centre. */
function distance({ values, dimension }: Rows, n: number, centre: Float64Array): number {
  let sum = 0;
  for (let d = 0, at = n * dimension; d < dimension; d++, at++) sum += (values[at] - centre[d]) ** 2;
  return sum;
}

const rowOf = ({ values, dimension }: Rows, n: number) =>
  Float64Array.from(values.subarray(n * dimension, (n + 1) * dimension));

/** Two rows that differ; undefined where none do. */
function startOf(rows: Rows, random: Stream): [Float64Array, Float64Array] | undefined {
  const first = rowOf(rows, random.below(rows.count));
  const distances = Float64Array.from({ length: rows.count }, (_, n) => distance(rows, n, first));
  const total = distances.reduce((sum, each) => sum + each, 0);
  if (total === 0) return undefined;
  let rest = random.uniform() * total;
  let second = distances.findLastIndex((each) => each > 0); // where rounding leaves a rest
  for (const [n, each] of distances.entries()) {
    rest -= each;
    if (rest >= 0) continue;
    second = n;
    break;
  }
  return [first, rowOf(rows, second)];
}

/** Neither half is ever empty: of the rows nearer to a mean's other half, not all of its own can be. */
function lloyd(rows: Rows, start: [Float64Array, Float64Array], iterations: number) {
  let centres = start;
  const halves: Halves = new Uint8Array(rows.count);
  let inertia = 0;
  for (let i = 0; i < iterations; i++) {
    let moved = 0;
    inertia = 0;
    for (let n = 0; n < rows.count; n++) {
      const [a, b] = [distance(rows, n, centres[0]), distance(rows, n, centres[1])];
      const side = Number(b < a);
      inertia += side ? b : a;
      moved += Number(side !== halves[n]);
      halves[n] = side;
    }
    if (i && !moved) break;
    centres = [meanRow(rows, (n) => halves[n] === 0), meanRow(rows, (n) => halves[n] === 1)];
  }
  return { halves, centres, inertia };
}

/** The half of the rows that lie farther in the direction from one centre to the other. */
function cutAcross({ values, count, dimension }: Rows, [a, b]: [Float64Array, Float64Array]): Halves {
  const along = new Float64Array(count);
  for (let n = 0; n < count; n++)
    for (let d = 0; d < dimension; d++) along[n] += values[n * dimension + d] * (b[d] - a[d]);
  const order = Array.from(along.keys()).sort((i, j) => along[i] - along[j] || i - j);
  const halves: Halves = new Uint8Array(count);
  for (const n of order.slice(count >> 1)) halves[n] = 1;
  return halves;
}
