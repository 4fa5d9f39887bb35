import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Backend } from "../../../core/backend.ts";
import { type Features, knn } from "../../../core/eval/knn.ts";
import { backends } from "../../backends.ts";
import { uniform } from "../../numbers.ts";

const CLASSES = ["ant", "bee", "cat", "dog", "eel"];

/** Features about one direction a class, of any length; more noise makes more mistakes. */
function draw(name: string, count: number, dimension: number, noise = 1.5): Features {
  const [next, centre] = [uniform(name), uniform("centres", dimension)];
  const centres = CLASSES.map(() => Array.from({ length: dimension }, centre));
  const labels = Uint32Array.from({ length: count }, () => Math.floor(((next() + 1) / 2) * CLASSES.length));
  const values = Float32Array.from({ length: count * dimension }, (_, at) => {
    const i = Math.floor(at / dimension);
    return (1 + (i % 7)) * (centres[labels[i]][at % dimension] + noise * next());
  });
  return { values, count, dimension, labels, classes: CLASSES };
}

/** Wu et al. 2018, section 3.4, in float64: votes exp(cosine / temperature) of the k nearest. */
function byHand(train: Features, test: Features, k: number, temperature: number): number {
  const rowsOf = ({ values, count, dimension }: Features) =>
    Array.from({ length: count }, (_, i) => {
      const row = Array.from(values.subarray(i * dimension, (i + 1) * dimension));
      return row.map((x) => x / Math.hypot(...row));
    });
  const bank = rowsOf(train);
  const right = rowsOf(test).filter((query, q) => {
    const similarity = bank.map((row) => row.reduce((sum, x, d) => sum + x * query[d], 0));
    const nearest = similarity.map((_, i) => i).sort((i, j) => similarity[j] - similarity[i]);
    const votes = new Map<string, number>();
    for (const i of nearest.slice(0, k)) {
      const name = train.classes[train.labels[i]];
      votes.set(name, (votes.get(name) ?? 0) + Math.exp(similarity[i] / temperature));
    }
    const [winner] = [...votes].reduce((best, next) => (next[1] > best[1] ? next : best));
    return winner === test.classes[test.labels[q]];
  });
  return right.length / test.count;
}

for (const [name, open] of Object.entries(backends))
  describe(`kNN on ${name}`, () => {
    let backend: Backend;
    beforeAll(async () => {
      backend = await open();
    });
    afterAll(() => backend?.close());

    test.each([
      { count: 300, queries: 400, dimension: 9, k: 20, temperature: 0.1 }, // more than one chunk of queries
      { count: 100, queries: 57, dimension: 33, k: 1, temperature: 0.1 },
      { count: 64, queries: 30, dimension: 8, k: 64, temperature: 0.07 }, // all vote
      { count: 120, queries: 100, dimension: 5, k: 30, temperature: 1 },
    ])("is what its definition gives: %o", async ({ count, queries, dimension, k, temperature }) => {
      const [train, test] = [draw("train", count, dimension), draw("test", queries, dimension)];
      const expected = byHand(train, test, k, temperature);
      expect(await knn(backend, train, test, { k, temperature })).toBe(expected);
      expect(expected).toBeGreaterThan(0.2); // or there would be nothing to get wrong
      expect(expected).toBeLessThan(1);
    });

    test("finds every image in a set that holds it", async () => {
      const set = draw("itself", 50, 12);
      expect(await knn(backend, set, set, { k: 1 })).toBe(1);
    });

    test("does not overflow where the temperature is tiny: the nearest neighbour decides", async () => {
      const [train, test] = [draw("train", 100, 9), draw("test", 100, 9)];
      const nearest = await knn(backend, train, test, { k: 1 });
      expect(await knn(backend, train, test, { k: 5, temperature: 1e-6 })).toBe(nearest);
    });

    test("is the same with a bank in blocks as in one", async () => {
      const [train, test] = [draw("train", 300, 9), draw("test", 300, 9)];
      const blocks = { ...backend, limits: { ...backend.limits, tensor: 512 + 64 * 1024 } }; // of 60 rows
      for (const k of [1, 20, 100])
        expect(await knn(blocks, train, test, { k })).toBe(await knn(backend, train, test, { k }));
    });

    test("goes by the classes' names, not by their numbers", async () => {
      const [train, test] = [draw("train", 200, 9), draw("test", 100, 9)];
      const order = CLASSES.toReversed();
      const renumbered = { ...test, classes: order, labels: test.labels.map((i) => CLASSES.length - 1 - i) };
      const accuracy = await knn(backend, train, test, { k: 20 });
      expect(await knn(backend, train, renumbered, { k: 20 })).toBe(accuracy);
    });
  });

describe("kNN refuses", () => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await backends["as, no threads"]();
  });
  const train = draw("train", 30, 6);

  test("more neighbours than there are training images", async () => {
    const refused = knn(backend, train, draw("test", 5, 6), { k: 31 });
    await expect(refused).rejects.toThrow(
      "knn: k = 31 exceeds the training set, which has 30 images; take --k 30 or less",
    );
  });

  test("features of another dimension", async () => {
    await expect(knn(backend, train, draw("test", 5, 7), { k: 3 })).rejects.toThrow(
      "knn: features differ: 6, 7",
    );
  });

  test("classes that the training set does not have", async () => {
    const strange = { ...draw("test", 5, 6), classes: ["ant", "bee", "cow", "dog", "eel"] };
    await expect(knn(backend, train, strange, { k: 3 })).rejects.toThrow(
      "the training set has no images of cow",
    );
  });

  test("and has given back all memory by then", () => {
    expect(backend.usage()).toEqual({ bytes: 0, storages: 0 });
  });
});
