import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Backend } from "../../../core/backend.ts";
import type { Features } from "../../../core/eval/features.ts";
import { type LinearOptions, linear } from "../../../core/eval/linear.ts";
import { softmaxRegression } from "../../../core/eval/softmaxRegression.ts";
import { openBackend } from "../../../core-as/node.ts";
import { backends } from "../../backends.ts";
import { golden } from "../../golden.ts";
import { distance, uniform } from "../../numbers.ts";

const given = golden("linear");
const [count, dimension] = given.shape("train.features");
const classes = ["a", "b", "c", "d", "e"];
const featuresOf = (set: string): Features => ({
  values: given.f32(`${set}.features`) as Float32Array<ArrayBuffer>,
  count: given.shape(`${set}.labels`)[0],
  dimension,
  labels: Uint32Array.from(given.values(`${set}.labels`)),
  classes,
});
const [train, testSet] = [featuresOf("train"), featuresOf("test")];

/** Half of scikit-learn's last digit that we ask for: one in a hundred of the 0.5 points. */
const POINTS = 0.005;

for (const [name, open] of Object.entries(backends))
  describe(`on ${name}`, () => {
    let backend: Backend;
    beforeAll(async () => {
      backend = await open();
    });
    afterAll(() => backend?.close());

    test.each([
      ["standardized.1", { l2: 1 }],
      ["standardized.0.01", { l2: 100 }],
      ["raw.1", { l2: 1, standardize: false }],
    ])("L-BFGS finds scikit-learn's classifier: %s", async (key, options) => {
      const found = await linear(backend, train, testSet, options);
      expect(found.converged).toBe(true);
      expect(Math.abs(found.accuracy - Number(given.metadata[`${key}.accuracy`]))).toBeLessThan(POINTS);
      expect(found.loss).toBeCloseTo(Number(given.metadata[`${key}.loss`]), 5);
      // The gradient that remains, 1e-5, over the smallest curvature, l2 / M and more.
      expect(distance(found.weight, given.values(`${key}.weight`))).toBeLessThan(5e-3);
    });

    test("loss and gradient are the formula's, also where rows do not fill a chunk", async () => {
      const rows = { values: train.values, labels: train.labels, count };
      const next = uniform("parameters");
      const parameters = Float64Array.from({ length: 5 * (dimension + 1) }, () => next() / 10);
      const expected = byHand(parameters);
      for (const chunk of [count, 64]) {
        const regression = await softmaxRegression(backend, { dimension, classes: 5, chunk });
        const { value, gradient } = await regression.loss(parameters, rows);
        regression.free();
        expect(value).toBeCloseTo(expected.value, 5);
        expect(distance(gradient, expected.gradient)).toBeLessThan(1e-5);
      }
    });
  });

/** Mean cross entropy of the training set in float64, and its gradient. */
function byHand(parameters: Float64Array): { value: number; gradient: Float64Array } {
  const width = dimension + 1;
  const gradient = new Float64Array(parameters.length);
  let value = 0;
  for (let n = 0; n < count; n++) {
    const x = [...train.values.subarray(n * dimension, (n + 1) * dimension), 1];
    const logits = classes.map((_, c) => x.reduce((sum, xd, d) => sum + xd * parameters[c * width + d], 0));
    const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
    value += (Math.log(total) - logits[train.labels[n]]) / count;
    for (const [c, logit] of logits.entries())
      for (let d = 0; d < width; d++)
        gradient[c * width + d] += ((Math.exp(logit) / total - Number(c === train.labels[n])) * x[d]) / count;
  }
  return { value, gradient };
}

describe("a classifier", () => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await openBackend({ threads: 2 });
  });
  afterAll(() => backend?.close());

  test("is for features as they were given: its logits classify as well as is said", async () => {
    const { weight, bias, accuracy } = await linear(backend, train, testSet);
    let right = 0;
    for (let n = 0; n < testSet.count; n++) {
      const h = testSet.values.subarray(n * dimension, (n + 1) * dimension);
      const logits = classes.map((_, c) =>
        h.reduce((sum, x, d) => sum + x * weight[c * dimension + d], bias[c]),
      );
      if (logits.indexOf(Math.max(...logits)) === testSet.labels[n]) right++;
    }
    expect(Math.abs(right / testSet.count - accuracy)).toBeLessThan(POINTS);
  });

  test("does not depend on the scale of standardised features", async () => {
    const values = train.values.map((x, at) => x * 2 ** ((at % dimension) - 12));
    const testValues = testSet.values.map((x, at) => x * 2 ** ((at % dimension) - 12));
    const scaled = await linear(backend, { ...train, values }, { ...testSet, values: testValues });
    expect(scaled.accuracy).toBeCloseTo((await linear(backend, train, testSet)).accuracy, 2);
  });

  test("by SGD comes close to that of L-BFGS, and to the same bits for the same seed", async () => {
    const standardized = { solver: "sgd", standardize: true, rate: 0.1, epochs: 20 } as const;
    const [one, same, other] = [
      await linear(backend, train, testSet, standardized),
      await linear(backend, train, testSet, standardized),
      await linear(backend, train, testSet, { ...standardized, seed: 1 }),
    ];
    expect(one.iterations).toBe(20 * 2);
    expect(Math.abs(one.accuracy - Number(given.metadata["standardized.1.accuracy"]))).toBeLessThan(0.03);
    expect(same).toEqual(one);
    expect(other.weight).not.toEqual(one.weight);
  });

  test("is trained by a solver that there is", async () => {
    const options = { solver: "adam" } as unknown as LinearOptions; // as JavaScript may
    await expect(linear(backend, train, testSet, options)).rejects.toThrow(
      "linear: solver is lbfgs or sgd; got adam",
    );
  });

  test("knows classes by their names, in whatever order the sets have them", async () => {
    const reversed = {
      ...testSet,
      labels: testSet.labels.map((label) => 4 - label),
      classes: classes.toReversed(),
    };
    const { accuracy } = await linear(backend, train, testSet);
    expect((await linear(backend, train, reversed)).accuracy).toBe(accuracy);
  });

  test("is refused where the sets do not belong together", async () => {
    const narrow = { ...testSet, dimension: 3 };
    await expect(linear(backend, train, narrow)).rejects.toThrow("linear: features differ: 24, 3");
    const strange = { ...testSet, classes: ["a", "b", "c", "d", "x"] };
    await expect(linear(backend, train, strange)).rejects.toThrow(
      "linear: the training set has no images of x",
    );
  });

  test("by SGD at an absurd rate is no result", async () => {
    await expect(linear(backend, train, testSet, { solver: "sgd", rate: 1e38, epochs: 2 })).rejects.toThrow(
      /^linear: the loss is (NaN|Infinity) in epoch 1; lower the rate, which is 1e\+38$/,
    );
  });
});
