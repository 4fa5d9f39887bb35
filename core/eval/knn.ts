import type { Backend } from "../backend.ts";
import { exp } from "../math.ts";
import { type Features, testLabels } from "./features.ts";
import { neighbours } from "./neighbours.ts";

export type { Features };

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
 * A training set that the backend has no room for is searched in blocks of rows; the result is the same.
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

  const { index, similarity } = await neighbours(backend, train, test, { k });
  let right = 0;
  for (let q = 0; q < test.count; q++) {
    const votes = new Float64Array(train.classes.length);
    for (let n = q * k; n < (q + 1) * k; n++)
      votes[train.labels[index[n]]] += exp((similarity[n] - similarity[q * k]) / temperature);
    const winner = votes.indexOf(Math.max(...votes));
    if (winner === labels[q]) right++;
  }
  return right / test.count;
}
