import { eigenvalues } from "../eigen.ts";
import { exp, log } from "../math.ts";

/** Embeddings of a batch's images, as a step made them. */
export interface Embeddings {
  values: ArrayLike<number>; // [count, dimension]
  count: number;
  dimension: number;
}

/** What embeddings tell of how learning goes, without labels. */
export interface Progress {
  /** 1 / sqrt(D) where embeddings spread out, 0 where all are one. */
  std: number;
  /** From 1 to min(N, D): how many directions are in use. */
  rank: number;
  /** 0 where the views of each image are one; absent where there is but one view. */
  alignment?: number;
  /** From -8, as far apart as can be, to 0, where all are one. */
  uniformity: number;
}

/** Samples that suffice, taken at equal distances: what is computed grows with their square. */
const SAMPLES = 512;

const EPS = 1e-12; // as l2Normalize

/**
 * Standard deviation, effective rank, alignment and uniformity of embeddings, one set a view, normalised to unit length;
 * of up to 512 samples, and all but the alignment of the first view.
 *
 *     views [N, D] each, z their rows of unit length
 *     std = mean over D of the standard deviation over N       Chen and He 2021, figure 2. https://arxiv.org/abs/2011.10566
 *     rank = exp(-sum p log p), p = singular values / their sum
 *         Roy and Vetterli 2007; Garrido et al. 2023 (RankMe). https://arxiv.org/abs/2210.02885
 *     alignment = mean |z1 - z2|^2, uniformity = log mean over i < j of exp(-2 |zi - zj|^2)
 *         Wang and Isola 2020, alpha = 2 and t = 2. https://arxiv.org/abs/2005.10242
 *
 * Float64, and no number where an embedding is none. The deviation is that of the samples themselves: divided by N.
 */
export function progressOf(views: readonly Embeddings[]): Progress {
  const [z1, z2] = views.map(unitRows);
  return {
    std: deviation(z1),
    rank: effectiveRank(z1),
    ...(z2 && { alignment: alignment(z1, z2) }),
    uniformity: uniformity(z1),
  };
}

/** Rows of unit length. */
type Rows = Float64Array[];

function unitRows({ values, count, dimension }: Embeddings): Rows {
  const samples = Math.min(count, SAMPLES);
  return Array.from({ length: samples }, (_, i) => {
    const first = Math.floor((i * count) / samples) * dimension;
    const row = Float64Array.from({ length: dimension }, (_, d) => values[first + d]);
    const length = Math.max(Math.sqrt(dot(row, row)), EPS);
    return row.map((x) => x / length);
  });
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let d = 0; d < a.length; d++) sum += a[d] * b[d];
  return sum;
}

function deviation(z: Rows): number {
  const D = z[0].length;
  const mean = new Float64Array(D);
  const square = new Float64Array(D);
  for (const row of z) for (let d = 0; d < D; d++) mean[d] += row[d] / z.length;
  for (const row of z) for (let d = 0; d < D; d++) square[d] += (row[d] - mean[d]) ** 2 / z.length;
  return square.reduce((sum, x) => sum + Math.sqrt(x), 0) / D;
}

function effectiveRank(z: Rows): number {
  const D = z[0].length;
  const columns = () => Array.from({ length: D }, (_, d) => Float64Array.from(z, (row) => row[d]));
  const vectors = z.length <= D ? z : columns(); // z z^T and z^T z have the same eigenvalues but for zeros
  const n = vectors.length;
  const gram = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) gram[i * n + j] = gram[j * n + i] = dot(vectors[i], vectors[j]);
  const squares = eigenvalues(gram, n);
  const floor = n * Number.EPSILON * squares[0]; // below it lies nothing but rounding
  const singular = squares.filter((x) => !(x <= floor)).map(Math.sqrt);
  const total = singular.reduce((sum, x) => sum + x, 0);
  return exp(singular.reduce((sum, x) => sum - (x / total) * log(x / total), 0));
}

function squaredDistance(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let d = 0; d < a.length; d++) sum += (a[d] - b[d]) ** 2;
  return sum;
}

const alignment = (z1: Rows, z2: Rows): number =>
  z1.reduce((sum, row, i) => sum + squaredDistance(row, z2[i]) / z1.length, 0);

function uniformity(z: Rows): number {
  let sum = 0;
  for (let i = 0; i < z.length; i++) for (let j = 0; j < i; j++) sum += exp(-2 * squaredDistance(z[i], z[j]));
  return log(sum / ((z.length * (z.length - 1)) / 2));
}
