import type { Backend } from "../backend.ts";
import { eigen } from "../eigen.ts";
import { scoped } from "../freeing.ts";
import { Memory } from "../memory.ts";
import { l2Normalize, matmul, sub } from "../ops/index.ts";
import { compile } from "../program.ts";
import { input, state } from "../tensor.ts";
import { chunks, columnMeans, type Rows } from "./rows.ts";

/** The directions in which rows vary most. */
export interface Pca {
  mean: Float64Array; // [D]
  components: Float64Array; // [dimensions, D], of unit length; the largest variance first
  /** Of the rows along each component: eigenvalues of the covariance, divided by N - 1. */
  variances: Float64Array; // [dimensions]
}

const CHUNK = 2048; // rows at once

/** Of the largest variance: below it float32 holds nothing but rounding. */
const FLOOR = 2 ** -22;

/**
 * Principal components of rows: eigenvectors of their covariance.
 *
 *     rows [N, D] -> components [dimensions, D], variances [dimensions]
 *
 * Products are float32 on the device, over chunks of rows less their mean, and added up in float64; eigenvectors are
 * float64. Throws where dimensions exceed D, or a value is not finite.
 */
export async function pca(
  backend: Backend,
  rows: Rows,
  { dimensions }: { dimensions: number },
): Promise<Pca> {
  const { count, dimension: D } = rows;
  if (!(Number.isInteger(dimensions) && dimensions >= 1 && dimensions <= D))
    throw new RangeError(`pca: ${dimensions} dimensions of rows that have ${D}; choose from 1 to ${D}`);
  const mean = columnMeans("pca", rows);
  const covariance = await covarianceOf(backend, rows, mean);
  if (covariance.some((value) => !Number.isFinite(value)))
    throw new RangeError("pca: the rows' products exceed float32; scale the rows");
  const { values, vectors: components } = await eigen(covariance, D, dimensions);
  return {
    ...{ mean, components },
    variances: values.map((value) => Math.max(value / Math.max(count - 1, 1), 0)),
  };
}

/** Sum of (x - mean)^T (x - mean) over all rows [D, D]. */
async function covarianceOf(backend: Backend, rows: Rows, mean: Float64Array): Promise<Float64Array> {
  const { count, dimension: D } = rows;
  const size = Math.min(count, CHUNK);
  using memory = scoped(new Memory(backend));
  const given = { rows: input([size, D]), mean: input([D]) };
  const products = state([D, D]);
  const x = sub(given.rows, given.mean);
  using program = scoped(
    await compile(backend, memory, [[{ target: products, value: matmul(x, x, { ta: true }) }]]),
  );
  const centre = Float32Array.from(mean);
  memory.write(given.mean, centre);
  const total = new Float64Array(D * D);
  for (const { chunk } of chunks(rows, size, centre)) {
    memory.write(given.rows, chunk);
    await program.run();
    const part = await memory.read(products);
    for (let i = 0; i < D; i++) for (let j = 0; j <= i; j++) total[i * D + j] += part[i * D + j];
  }
  for (let i = 0; i < D; i++) for (let j = 0; j < i; j++) total[j * D + i] = total[i * D + j];
  return total;
}

export interface ProjectOptions {
  /** Divides each component by its standard deviation, eigen_power -0.5; one without variance becomes 0. */
  whiten?: boolean;
  /** Then brings rows to unit length; one at the mean stays 0. */
  unit?: boolean;
}

/**
 * Rows along principal components: y = (x - mean) W^T, on the device.
 *
 *     rows [N, D] -> rows [N, dimensions]
 */
export async function project(
  backend: Backend,
  rows: Rows,
  { mean, components, variances }: Pca,
  { whiten = false, unit = false }: ProjectOptions = {},
): Promise<Rows> {
  const [D, dimension] = [mean.length, variances.length];
  if (rows.dimension !== D)
    throw new RangeError(`project: rows of ${rows.dimension} numbers, components of ${D}`);
  const size = Math.min(rows.count, CHUNK);
  using memory = scoped(new Memory(backend));
  const given = { rows: input([size, D]), mean: input([D]), W: input([dimension, D]) };
  const projected = state([size, dimension]);
  const y = matmul(sub(given.rows, given.mean), given.W, { tb: true });
  using program = scoped(
    await compile(backend, memory, [[{ target: projected, value: unit ? l2Normalize(y, {}) : y }]]),
  );
  const scales = variances.map((variance) => {
    if (!whiten) return 1;
    return variance > FLOOR * variances[0] ? 1 / Math.sqrt(variance) : 0;
  });
  const centre = Float32Array.from(mean);
  memory.write(given.mean, centre);
  memory.write(
    given.W,
    Float32Array.from(components, (value, at) => value * scales[Math.floor(at / D)]),
  );
  const values = new Float32Array(rows.count * dimension);
  for (const { first, own, chunk } of chunks(rows, size, centre)) {
    memory.write(given.rows, chunk);
    await program.run();
    values.set(
      (await memory.read(projected)).subarray(0, own * dimension) as Float32Array,
      first * dimension,
    );
  }
  return { values, count: rows.count, dimension };
}
