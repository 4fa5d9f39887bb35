import type { Backend } from "../backend.ts";
import { exp } from "../math.ts";
import { Memory } from "../memory.ts";
import { l2Normalize, matmul, takeAlong, topK } from "../ops/index.ts";
import { compile } from "../program.ts";
import { input, state } from "../tensor.ts";
import { type Features, testLabels } from "./features.ts";

export type { Features };

/** Queries that are compared with the whole bank at once. */
const CHUNK = 256;

/** Throws where there are fewer training images than neighbours that vote. */
export function checkNeighbours(k: number, images: number): void {
  if (k > images)
    throw new RangeError(
      `knn: k = ${k} exceeds the training set, which has ${images} images; take --k ${images} or less`,
    );
}

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
  checkNeighbours(k, train.count);
  const labels = testLabels("knn", train, test);

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
          votes[train.labels[indices[n]]] += exp((values[n] - values[q * k]) / temperature);
        const winner = votes.indexOf(Math.max(...votes));
        if (winner === labels[first + q]) right++;
      }
    }
    return right / test.count;
  } finally {
    prepare.free();
    search.free();
    memory.free();
  }
}
