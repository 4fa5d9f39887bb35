import { describe, expect, test } from "vitest";
import { createBatch, stepsPerEpoch } from "../../../core/train/batches.ts";
import { tiny } from "./runs.ts";

const images = { count: 70, height: 9, width: 8 };
const perEpoch = 4; // batches of 16
const config = tiny({ batchSize: 16 });

/** What is drawn for a step: samples, and rows of each view. */
function drawn(step: number, settings = config) {
  const batch = createBatch(settings, images, 2);
  batch.draw(step);
  return { index: [...batch.index], rows: batch.rows.map((rows) => [...rows]) };
}

describe("an epoch", () => {
  const samplesOf = (epoch: number) =>
    Array.from({ length: perEpoch }, (_, i) => drawn(epoch * perEpoch + i).index).flat();

  test("shows each image once at most, the tail left out that does not fill a batch", () => {
    expect(stepsPerEpoch(images.count, 16)).toBe(perEpoch);
    const samples = samplesOf(0);
    expect(new Set(samples).size).toBe(perEpoch * 16);
    expect(Math.min(...samples)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...samples)).toBeLessThan(images.count);
  });

  test("has an order of its own, and leaves out others", () => {
    expect(samplesOf(1)).not.toEqual(samplesOf(0));
    expect(samplesOf(1).toSorted()).not.toEqual(samplesOf(0).toSorted());
  });
});

describe("what is drawn for a step", () => {
  test("depends on the seed and the step alone, not on what was drawn before", () => {
    const batch = createBatch(config, images, 2);
    for (const step of [7, 2, 5, 2]) {
      batch.draw(step);
      const { index, rows } = drawn(step);
      expect([...batch.index]).toEqual(index);
      expect(batch.rows.map((each) => [...each])).toEqual(rows);
    }
  });

  test("is another for another seed, in samples and in views", () => {
    const [one, other] = [drawn(3), drawn(3, tiny({ batchSize: 16, seed: 7 }))];
    expect(other.index).not.toEqual(one.index);
    expect(other.rows[0]).not.toEqual(one.rows[0]);
  });

  test("shows each image in two ways, and in others in the next epoch", () => {
    const [first, second] = drawn(0).rows;
    expect(second).not.toEqual(first);
    expect(drawn(perEpoch).rows[0]).not.toEqual(first);
  });
});

describe("an order that a method arranges", () => {
  test("is an epoch's own, whatever was drawn of it before", () => {
    const batch = createBatch(config, images, 1);
    batch.draw(5);
    batch.arrange(1, (position) => position % 3);
    batch.draw(5);
    expect([...batch.index]).toEqual(Array.from({ length: 16 }, (_, i) => (16 + i) % 3));
    batch.draw(2 * perEpoch);
    expect([...batch.index]).toEqual(drawn(2 * perEpoch).index);
  });

  test.each([70, -1, 0.5, Number.NaN])("may not show sample %d of 70", (sample) => {
    const batch = createBatch(config, images, 1);
    batch.arrange(0, () => sample);
    expect(() => batch.draw(0)).toThrow(`sampler: samples run from 0 to 69; got ${sample}`);
  });
});

test("a batch may be the whole data set, not more", () => {
  expect(stepsPerEpoch(70, 70)).toBe(1);
  expect(() => stepsPerEpoch(70, 71)).toThrow(
    "pretrain: a batch of 71 images exceeds the data set, which has 70; lower --batch-size",
  );
});
