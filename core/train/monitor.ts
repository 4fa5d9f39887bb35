import type { Backend } from "../backend.ts";
import type { DataSet } from "../data/source.ts";
import { type Features, knn } from "../eval/knn.ts";
import type { FeatureRows } from "./features.ts";
import type { Training } from "./training.ts";

export interface MonitorOptions {
  /** Labelled. Of them, or of 10,000 at equal distances, every second one is a query, the others are the bank. */
  images: DataSet;
  /** Epochs from one look to the next; the last epoch is looked at in any case. */
  every?: number;
}

/** Looks at the end of an epoch; at nothing where the epoch is none of every so many. */
export type Monitor = () => Promise<{ knn: number } | undefined>;

const MOST = 5000; // queries, and images of the bank
const K = 20; // solo-learn's WeightedKNNClassifier, which is the field's online kNN; a smaller bank caps it
const TEMPERATURE = 0.07; // the same; its distance is Euclidean by default, ours the cosine of Wu et al. 2018

/**
 * The kNN accuracy of a training's encoder as it stands, by running statistics. It reads the parameters where they lie,
 * and changes nothing but the training's warnings, where there are fewer neighbours than vote.
 *
 * Throws where the images have no labels or are fewer than two.
 */
export async function createMonitor(
  backend: Backend,
  training: Training,
  { images, every = 1 }: MonitorOptions,
): Promise<Monitor> {
  const { labels, classes } = images;
  if (!labels || images.count < 2)
    throw new Error("monitor: kNN takes two or more images with labels; a label is an image's folder");
  const count = Math.min(images.count, 2 * MOST);
  const neighbours = Math.ceil(count / 2); // in the bank
  const k = Math.min(K, neighbours);
  if (k < K)
    training.warnings.push(
      `monitor: kNN asks ${K} neighbours; of ${count} images there are ${neighbours}, and all vote; give ${2 * K} or more`,
    );
  const chosen = Uint32Array.from({ length: count }, (_, i) => Math.floor((i * images.count) / count));
  const program = await training.features(images);
  const half = ({ values, dimension, index }: FeatureRows, odd: number): Features => {
    const rows = Array.from({ length: Math.floor((count + 1 - odd) / 2) }, (_, i) => 2 * i + odd);
    const own = new Float32Array(rows.length * dimension);
    for (const [i, row] of rows.entries())
      own.set(values.subarray(row * dimension, (row + 1) * dimension), i * dimension);
    const of = Uint32Array.from(rows, (row) => labels[index[row]]);
    return { values: own, count: rows.length, dimension, labels: of, classes };
  };
  return async () => {
    const epoch = training.step / training.perEpoch;
    if (epoch % every !== 0 && training.step < training.steps) return undefined;
    const features = (await program.of(images, { index: chosen })).get("output")!;
    const options = { k, temperature: TEMPERATURE };
    return { knn: await knn(backend, half(features, 0), half(features, 1), options) };
  };
}
