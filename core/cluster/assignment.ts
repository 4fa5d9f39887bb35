import type { Backend } from "../backend.ts";
import { freeing } from "../freeing.ts";
import { Memory } from "../memory.ts";
import { addRows, affine, matmul, mul, sub, sum, takeRows, topK } from "../ops/index.ts";
import { compile } from "../program.ts";
import { input, reshape, state } from "../tensor.ts";
import { chunks, columnMeans, type Rows } from "./rows.ts";

/** Where rows belong. */
export interface Assigned {
  labels: Uint32Array<ArrayBuffer>; // [N]: the nearest centroid of each row, of equal ones the first
  distances: Float32Array<ArrayBuffer>; // [N]: its squared Euclidean distance
}

/** Rows at once, and numbers of [rows, k]: what is in memory does not grow with N. */
const CHUNK = 2048;
const SCORES = 2 ** 22;

/** Segments of the program. */
const [PREPARE, ASSIGN] = [0, 1];

/** The assignment of rows to k centroids, compiled for a backend. Centroids [k, D] are relative to the rows' mean. */
export interface Assignment {
  /** Also sums of the rows of each cluster [k, D], relative to the mean as well. */
  run(centroids: Float32Array): Promise<Assigned & { sums: Float32Array }>;
  free(): void;
}

/**
 * Nearest centroids, a chunk of rows at a time:
 *
 *     label = argmax over c of x . c - |c|^2 / 2 = argmin |x - c|^2
 *     x [N, D], c [k, D], both less the mean of x, which leaves float32 its digits
 *
 * Products and sums are float32 on the device; sums are of sums over chunks.
 */
export async function compileAssignment(
  backend: Backend,
  rows: Rows,
  { k, mean }: { k: number; mean: Float64Array },
): Promise<Assignment> {
  const { count, dimension } = rows;
  const size = Math.min(count, CHUNK, Math.max(64, Math.floor(SCORES / k)));
  const memory = new Memory(backend);
  const given = {
    rows: input([size, dimension]),
    centroids: input([k, dimension]),
    mean: input([dimension]),
  };
  const squares = state([k]);
  const sums = state([k, dimension]);
  const [labels, distances] = [state([size], undefined, "u32"), state([size])];

  const { centroids } = given;
  const x = sub(given.rows, given.mean); //                                             [size, D]
  const scores = sub(matmul(x, centroids, { tb: true }), squares); //                   [size, k]
  const nearest = reshape(topK(scores, { k: 1 }), [size]);
  const away = sub(x, takeRows(centroids, nearest));
  const half = affine(sum(mul(centroids, centroids), { from: 1 }), { scale: 0.5 }); //  [k]
  const program = await compile(backend, memory, [
    [{ target: squares, value: half }],
    [
      { target: labels, value: nearest },
      { target: distances, value: sum(mul(away, away), { from: 1 }) },
      { target: sums, value: addRows(sums, x, nearest) },
    ],
  ]).catch(freeing(memory));
  const centre = Float32Array.from(mean);
  memory.write(given.mean, centre);

  return {
    async run(centroids) {
      memory.write(given.centroids, centroids);
      memory.write(sums, new Float32Array(k * dimension));
      await program.run(PREPARE);
      const found = { labels: new Uint32Array(count), distances: new Float32Array(count) };
      for (const { first, own, chunk } of chunks(rows, size, centre)) {
        memory.write(given.rows, chunk);
        await program.run(ASSIGN);
        found.labels.set((await memory.read(labels)).subarray(0, own), first);
        found.distances.set((await memory.read(distances)).subarray(0, own), first);
      }
      return { ...found, sums: (await memory.read(sums)) as Float32Array };
    },
    free() {
      program.free();
      memory.free();
    },
  };
}

/**
 * The nearest of k centroids to each row, by Euclidean distance.
 *
 *     rows [N, D], centroids [k, D] -> labels and squared distances [N]
 *
 * Throws where the two do not belong together, or a value is not finite.
 */
export async function assign(backend: Backend, rows: Rows, centroids: Rows): Promise<Assigned> {
  if (rows.dimension !== centroids.dimension)
    throw new RangeError(`assign: rows of ${rows.dimension} numbers, centroids of ${centroids.dimension}`);
  columnMeans("assign", centroids);
  const mean = columnMeans("assign", rows);
  const assignment = await compileAssignment(backend, rows, { k: centroids.count, mean });
  try {
    const { labels, distances } = await assignment.run(less(centroids.values, mean));
    return { labels, distances };
  } finally {
    assignment.free();
  }
}

/** Rows less a row. */
export const less = (values: Float32Array, mean: Float64Array): Float32Array<ArrayBuffer> =>
  Float32Array.from(values, (value, at) => value - mean[at % mean.length]);
