import type { Backend } from "../backend.ts";
import { oneLine } from "../oneLine.ts";
import { stream } from "../random.ts";
import { type Features, testLabels } from "./features.ts";
import { lbfgs } from "./lbfgs.ts";
import { type Rows, type SoftmaxRegression, softmaxRegression } from "./softmaxRegression.ts";

export interface LinearOptions {
  solver?: "lbfgs" | "sgd";
  /** Shift and scale each feature to mean 0 and variance 1 over the training set; by default with lbfgs only. */
  standardize?: boolean;
  /** lbfgs: strength of the penalty, 1 / C of scikit-learn. */
  l2?: number;
  /** lbfgs: the gradient's largest entry at which it stops. */
  tolerance?: number;
  maxIterations?: number;
  /** sgd. */
  rate?: number;
  epochs?: number;
  batchSize?: number;
  seed?: number;
}

export interface LinearResult {
  accuracy: number; // on the test set
  trainAccuracy: number;
  /** Of the training set at the end: what lbfgs minimises; for sgd the cross entropy. */
  loss: number;
  /** Steps of the solver. */
  iterations: number;
  converged: boolean;
  /** The classifier, for features as they were given: logits = weight h + bias. */
  weight: Float32Array; // [classes, dimension]
  bias: Float32Array; // [classes]
}

const MOMENTUM = 0.9; // OpenSelfSup's r50_last.py, as rate 30, 256 images a step, 100 epochs, decay 0
const DROPS = [0.6, 0.8]; // of the epochs: the rate falls to a tenth; [60, 80] of 100 there
const SPREAD = 0.01; // of the first weights

/** Numbers that lie on the device at once: 64 MiB of features. */
const CHUNK_VALUES = 2 ** 24;

/**
 * Accuracy of a linear classifier on frozen features, trained by one of two solvers.
 *
 *     train [M, D], test [N, D] -> fraction of the N that are right
 *
 * `lbfgs`: multinomial logistic regression, min over W, b of mean cross entropy + l2 / (2 M) |W|^2, on standardised features;
 * no learning rate, no randomness, the same optimum as scikit-learn's LogisticRegression with C = 1 / l2.
 *
 * `sgd`: as OpenSelfSup's configs/benchmarks/linear_classification/imagenet/r50_last.py (after MoCo, He et al. 2020,
 * section 4.1), on features as they are. Departures: features are computed once from whole images, where theirs come from
 * random crops and flips; and the last epoch counts, where theirs is the best one on the test set.
 *
 * Throws where there is no such solver, where the sets' features or classes do not belong together, or where sgd's loss is no
 * number any more.
 */
export async function linear(
  backend: Backend,
  train: Features,
  test: Features,
  options: LinearOptions = {},
): Promise<LinearResult> {
  const { solver = "lbfgs", standardize = solver === "lbfgs", batchSize = 256 } = options;
  if (solver !== "lbfgs" && solver !== "sgd")
    throw new RangeError(`linear: solver is lbfgs or sgd; got ${oneLine(String(solver), 100)}`);
  const labels = testLabels("linear", train, test);
  const { dimension } = train;
  const classes = train.classes.length;
  const scale = standardize ? standardization(train) : undefined;
  const [rows, testRows] = [scaled(train, train.labels, scale), scaled(test, labels, scale)];

  const whole = Math.max(1, Math.min(train.count, Math.floor(CHUNK_VALUES / dimension)));
  const chunk = solver === "sgd" ? Math.min(batchSize, train.count) : whole;
  const regression = await softmaxRegression(backend, { dimension, classes, chunk });
  try {
    const fit = solver === "sgd" ? fitBySgd : fitByLbfgs;
    const { parameters, ...about } = await fit(regression, rows, { dimension, classes }, options);
    return {
      accuracy: await regression.accuracy(parameters, testRows),
      trainAccuracy: await regression.accuracy(parameters, rows),
      ...about,
      ...unscaled(parameters, dimension, scale),
    };
  } finally {
    regression.free();
  }
}

interface Fit {
  parameters: Float64Array; // [classes, dimension + 1]
  loss: number;
  iterations: number;
  converged: boolean;
}

type Extents = { dimension: number; classes: number };

async function fitByLbfgs(
  regression: SoftmaxRegression,
  rows: Rows,
  { dimension, classes }: Extents,
  { l2 = 1, tolerance, maxIterations }: LinearOptions, // 1: scikit-learn's default
): Promise<Fit> {
  const strength = l2 / rows.count;
  const start = new Float64Array(classes * (dimension + 1));
  const { x, value, ...about } = await lbfgs(
    async (parameters) => {
      const { value, gradient } = await regression.loss(parameters, rows);
      let squares = 0;
      for (let i = 0; i < parameters.length; i++) {
        if (i % (dimension + 1) === dimension) continue; // the bias is free
        squares += parameters[i] ** 2;
        gradient[i] += strength * parameters[i];
      }
      return { value: value + (strength / 2) * squares, gradient };
    },
    start,
    { tolerance, maxIterations },
  );
  return { parameters: x, loss: value, ...about };
}

async function fitBySgd(
  regression: SoftmaxRegression,
  rows: Rows,
  { dimension, classes }: Extents,
  { rate = 30, epochs = 100, batchSize = 256, seed = 0 }: LinearOptions,
): Promise<Fit> {
  const random = stream(seed, "linear");
  const parameters = Float64Array.from({ length: classes * (dimension + 1) }, (_, i) =>
    i % (dimension + 1) === dimension ? 0 : SPREAD * random.normal(),
  );
  const velocity = new Float64Array(parameters.length);
  let [loss, iterations] = [0, 0];
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = permutation(rows.count, seed, epoch);
    const lr = rate * 0.1 ** DROPS.filter((drop) => epoch >= drop * epochs).length;
    loss = 0;
    for (let first = 0; first < rows.count; first += batchSize, iterations++) {
      const batch = picked(rows, order.subarray(first, first + batchSize), dimension);
      const { value, gradient } = await regression.loss(parameters, batch);
      if (!Number.isFinite(value))
        throw new Error(
          `linear: the loss is ${value} in epoch ${epoch + 1}; lower the rate, which is ${rate}`,
        );
      loss += (value * batch.count) / rows.count;
      for (let i = 0; i < parameters.length; i++) {
        velocity[i] = MOMENTUM * velocity[i] + gradient[i];
        parameters[i] -= lr * velocity[i];
      }
    }
  }
  return { parameters, loss, iterations, converged: true };
}

/** Fisher and Yates's shuffle of 0 ... count - 1. */
function permutation(count: number, seed: number, epoch: number): Uint32Array {
  const random = stream(seed, "linear", "order", epoch);
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

function picked({ values, labels }: Rows, indices: Uint32Array, dimension: number): Rows {
  const batch = new Float32Array(indices.length * dimension);
  for (const [n, i] of indices.entries())
    batch.set(values.subarray(i * dimension, (i + 1) * dimension), n * dimension);
  return { values: batch, labels: indices.map((i) => labels[i]), count: indices.length };
}

/** x -> (x - mean) * scale, one of each a feature. */
interface Standardization {
  mean: Float64Array;
  scale: Float64Array;
}

/** Smallest standard deviation, as a share of the mean, that is more than f32's rounding. */
const ROUNDING = 1e-6;

/** Of the training set; features that never change are only shifted. */
function standardization({ values, count, dimension }: Features): Standardization {
  const mean = new Float64Array(dimension);
  for (let at = 0; at < values.length; at++) mean[at % dimension] += values[at] / count;
  const variance = new Float64Array(dimension);
  for (let at = 0; at < values.length; at++)
    variance[at % dimension] += (values[at] - mean[at % dimension]) ** 2 / count;
  return { mean, scale: variance.map((v, d) => (v > (ROUNDING * mean[d]) ** 2 ? 1 / Math.sqrt(v) : 1)) };
}

function scaled({ values, count, dimension }: Features, labels: Uint32Array, by?: Standardization): Rows {
  if (!by) return { values, labels, count };
  const { mean, scale } = by;
  return { values: values.map((x, at) => (x - mean[at % dimension]) * scale[at % dimension]), labels, count };
}

/** The classifier for features that are not standardised: W (x - mean) scale + b = (W scale) x + (b - W scale mean). */
function unscaled(parameters: Float64Array, dimension: number, by?: Standardization) {
  const classes = parameters.length / (dimension + 1);
  const weight = new Float32Array(classes * dimension);
  const bias = new Float32Array(classes);
  for (let c = 0; c < classes; c++) {
    const row = parameters.subarray(c * (dimension + 1), (c + 1) * (dimension + 1));
    let b = row[dimension];
    for (let d = 0; d < dimension; d++) {
      const w = row[d] * (by?.scale[d] ?? 1);
      weight[c * dimension + d] = w;
      b -= w * (by?.mean[d] ?? 0);
    }
    bias[c] = b;
  }
  return { weight, bias };
}
