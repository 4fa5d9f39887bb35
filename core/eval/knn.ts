import type { Backend } from "../backend.ts";
import { exp } from "../math.ts";
import { Memory } from "../memory.ts";
import { l2Normalize, matmul, takeAlong, topK } from "../ops/index.ts";
import { compile } from "../program.ts";
import { input, state } from "../tensor.ts";

/** Features of a labelled set: one row an image. */
export interface Features {
  values: Float32Array<ArrayBuffer>; // [count, dimension]
  count: number;
  dimension: number;
  labels: Uint32Array; // [count], indices into classes
  classes: readonly string[];
}

/** Queries that are compared with the whole bank at once. */
const CHUNK = 256;

/**
 * Accuracy of a weighted nearest-neighbour classifier on features of unit length: each query takes the class with the
 * largest sum of exp(similarity / temperature) among its k most similar training samples.
 *
 *     train [M, D], test [N, D] -> fraction of the N that are right
 *
 * Wu et al. 2018, section 3.4. https://arxiv.org/abs/1805.01978
 * Throws where k exceeds the training set, or the sets' features or classes do not belong together.
 */
export async function knn(
  backend: Backend,
  train: Features,
  test: Features,
  { k = 200, temperature = 0.1 } = {}, // 200 and 0.07 in the paper; 0.1 is customary on CIFAR-10
): Promise<number> {
  if (k > train.count)
    throw new RangeError(`knn: k = ${k} exceeds the training set, which has ${train.count} images`);
  if (train.dimension !== test.dimension)
    throw new Error(`knn: features differ: ${train.dimension}, ${test.dimension}`);
  const unknown = test.classes.filter((name) => !train.classes.includes(name));
  if (unknown.length) throw new Error(`knn: the training set has no images of ${unknown.join(", ")}`);

  const memory = new Memory(backend);
  const bank = input([train.count, train.dimension]);
  const unit = state(bank.shape);
  const queries = input([CHUNK, train.dimension]);
  const similarity = matmul(l2Normalize(queries, {}), unit, { tb: true }); // [CHUNK, M]
  const nearest = topK(similarity, { k }); //                                 [CHUNK, k]
  const [neighbours, similarities] = [state([CHUNK, k], undefined, "u32"), state([CHUNK, k])];
  const prepare = await compile(backend, memory, [[{ target: unit, value: l2Normalize(bank, {}) }]]);
  const search = await compile(backend, memory, [
    [
      { target: neighbours, value: nearest },
      { target: similarities, value: takeAlong(similarity, nearest) },
    ],
  ]);
  try {
    memory.write(bank, train.values);
    await prepare.run();
    const chunk = new Float32Array(CHUNK * train.dimension);
    const classOf = test.classes.map((name) => train.classes.indexOf(name));
    let right = 0;
    for (let first = 0; first < test.count; first += CHUNK) {
      const count = Math.min(CHUNK, test.count - first);
      chunk.set(test.values.subarray(first * test.dimension, (first + count) * test.dimension));
      memory.write(queries, chunk);
      await search.run();
      const [indices, values] = [await memory.read(neighbours), await memory.read(similarities)];
      for (let q = 0; q < count; q++) {
        const votes = new Float64Array(train.classes.length);
        for (let n = q * k; n < (q + 1) * k; n++)
          votes[train.labels[indices[n]]] += exp(values[n] / temperature);
        const winner = votes.indexOf(Math.max(...votes));
        if (winner === classOf[test.labels[first + q]]) right++;
      }
    }
    return right / test.count;
  } finally {
    prepare.free();
    search.free();
    memory.free();
  }
}
