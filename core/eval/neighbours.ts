import type { Backend } from "../backend.ts";
import { scoped } from "../freeing.ts";
import { Memory } from "../memory.ts";
import { l2Normalize, matmul, takeAlong, topK } from "../ops/index.ts";
import { compile } from "../program.ts";
import { input, state } from "../tensor.ts";
import type { Features } from "./features.ts";

/** Vectors of any length, one a row. */
export type Vectors = Pick<Features, "values" | "count" | "dimension">;

/** For each query the rows of a bank that are most similar to it, the most similar first, and their cosines. */
export interface Neighbours {
  index: Uint32Array<ArrayBuffer>; // [N, k]
  similarity: Float32Array<ArrayBuffer>; // [N, k]
}

/** Queries that are compared with a block at once. */
const CHUNK = 256;

/** Bytes of a block's largest tensor: WebGPU does not say what a device has in all. */
const MOST = 2 ** 30;

/** Bytes by which plans round a tensor up, and more. */
const MARGIN = 512;

/** Segments of the program. */
const [PREPARE, SEARCH] = [0, 1];

/**
 * The k rows of a bank of the largest cosine to each query, ties to the lower index; cosines are float32.
 *
 *     bank [M, D], queries [N, D] -> index, similarity [N, k], k <= M
 *
 * A bank that the backend has no room for is searched in blocks of rows. A row's cosine depends on no other row, so
 * results are the same bits for any blocks. Throws RangeError where not even one row fits.
 */
export async function neighbours(
  backend: Backend,
  bank: Vectors,
  queries: Vectors,
  { k }: { k: number },
): Promise<Neighbours> {
  const { count, dimension } = bank;
  const rows = rowsOf(backend, bank, k);
  const width = Math.min(k, rows);
  const block = input([rows, dimension]);
  const unit = state(block.shape);
  const chunk = input([CHUNK, dimension]);
  const similarity = matmul(l2Normalize(chunk, {}), unit, { tb: true }); // [CHUNK, rows]
  const nearest = topK(similarity, { k: width }); //                        [CHUNK, width]
  const [indices, cosines] = [state(nearest.shape, undefined, "u32"), state(nearest.shape)];

  using memory = scoped(new Memory(backend));
  using program = scoped(
    await compile(backend, memory, [
      [{ target: unit, value: l2Normalize(block, {}) }],
      [
        { target: indices, value: nearest },
        { target: cosines, value: takeAlong(similarity, nearest) },
      ],
    ]),
  );
  const best = {
    index: new Uint32Array(queries.count * k),
    similarity: new Float32Array(queries.count * k),
  };
  const sent = new Float32Array(CHUNK * dimension);
  for (let seen = 0, first = 0; seen < count; seen = first + rows) {
    first = Math.min(seen, count - rows); // the last block is as large as the others
    memory.write(block, bank.values.subarray(first * dimension, (first + rows) * dimension));
    await program.run(PREPARE);
    for (let q = 0; q < queries.count; q += CHUNK) {
      const own = Math.min(CHUNK, queries.count - q);
      sent.set(queries.values.subarray(q * dimension, (q + own) * dimension));
      memory.write(chunk, sent);
      await program.run(SEARCH);
      const found = {
        index: (await memory.read(indices)) as Uint32Array<ArrayBuffer>,
        similarity: (await memory.read(cosines)) as Float32Array<ArrayBuffer>,
      };
      for (let i = 0; i < own; i++)
        merge(rowOf(best, q + i, k), rowOf(found, i, width), { seen, first, end: first + rows });
    }
  }
  return best;
}

/**
 * Rows of a block: all blocks have the same. A block, its unit copy and a chunk's similarities are a tensor each, and take
 * half of what is left in all beside the chunk itself; products on `as` pack a copy of the block into the other half.
 */
function rowsOf({ limits, usage }: Backend, { count, dimension }: Vectors, k: number): number {
  const beside = 4 * CHUNK * 2 * (dimension + k); // queries, their unit copies, indices and cosines
  const left = limits.total - usage().bytes - beside;
  const most = Math.min(
    Math.min(limits.tensor - MARGIN, MOST) / (4 * Math.max(dimension, CHUNK)),
    left / 2 / (4 * (2 * dimension + CHUNK)),
  );
  const blocks = Math.ceil(count / Math.max(1, Math.floor(most)));
  return Math.ceil(count / blocks);
}

/** What was found for one query. */
const rowOf = ({ index, similarity }: Neighbours, n: number, width: number): Neighbours => ({
  index: index.subarray(n * width, (n + 1) * width),
  similarity: similarity.subarray(n * width, (n + 1) * width),
});

/**
 * Merges what was found among the bank's rows first .. end into the best of its rows 0 .. seen. Of equal ones those come
 * first that were found before: their index is lower.
 */
function merge(
  best: Neighbours,
  found: Neighbours,
  { seen, first, end }: { seen: number; first: number; end: number },
): void {
  const k = best.index.length;
  const known = Math.min(k, seen);
  const before = { index: best.index.slice(0, known), similarity: best.similarity.slice(0, known) };
  for (let to = 0, a = 0, b = 0; to < Math.min(k, end); to++) {
    while (first + found.index[b] < seen) b++; // which an earlier block has found
    const isBetter = a === known || found.similarity[b] > before.similarity[a]; // false where none is left
    best.index[to] = isBetter ? first + found.index[b] : before.index[a];
    best.similarity[to] = isBetter ? found.similarity[b++] : before.similarity[a++];
  }
}
