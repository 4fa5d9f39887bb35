import { setTimeout } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { Cut, ImageStream } from "../../../core/data/source.ts";
import { createBatches, stepsPerEpoch } from "../../../core/train/batches.ts";
import { tiny } from "./runs.ts";

const images = { count: 70, height: 9, width: 8 };
const perEpoch = 4; // batches of 16
const config = tiny({ batchSize: 16 });

/** What is drawn for a step: samples, and rows of each view. */
async function drawn(step: number, settings = config) {
  const { index, rows } = await createBatches(settings, images, 2).at(step);
  return { index: [...index], rows: rows.map((tables) => tables.map((table) => [...table])) };
}

describe("an epoch", () => {
  async function samplesOf(epoch: number): Promise<number[]> {
    const steps = Array.from({ length: perEpoch }, (_, i) => drawn(epoch * perEpoch + i));
    return (await Promise.all(steps)).flatMap(({ index }) => index);
  }

  test("shows each image once at most, the tail left out that does not fill a batch", async () => {
    expect(stepsPerEpoch(images.count, 16)).toBe(perEpoch);
    const samples = await samplesOf(0);
    expect(new Set(samples).size).toBe(perEpoch * 16);
    expect(Math.min(...samples)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...samples)).toBeLessThan(images.count);
  });

  test("has an order of its own, and leaves out others", async () => {
    const [first, second] = [await samplesOf(0), await samplesOf(1)];
    expect(second).not.toEqual(first);
    expect(second.toSorted()).not.toEqual(first.toSorted());
  });
});

describe("what is drawn for a step", () => {
  test("depends on the seed and the step alone, not on what was drawn before", async () => {
    const batches = createBatches(config, images, 2);
    for (const step of [7, 2, 5, 2]) {
      const batch = await batches.at(step);
      const { index, rows } = await drawn(step);
      expect([...batch.index]).toEqual(index);
      expect(batch.rows.map((tables) => tables.map((table) => [...table]))).toEqual(rows);
    }
  });

  test("is another for another seed, in samples and in views", async () => {
    const [one, other] = [await drawn(3), await drawn(3, tiny({ batchSize: 16, seed: 7 }))];
    expect(other.index).not.toEqual(one.index);
    expect(other.rows[0]).not.toEqual(one.rows[0]);
  });

  test("shows each image in two ways, and in others in the next epoch", async () => {
    const [first, second] = (await drawn(0)).rows;
    expect(second).not.toEqual(first);
    expect((await drawn(perEpoch)).rows[0]).not.toEqual(first);
  });
});

describe("an order that a method arranges", () => {
  test("is an epoch's own, whatever was drawn of it before", async () => {
    const batches = createBatches(config, images, 1);
    await batches.at(5);
    batches.arrange(1, (position) => position % 3);
    expect([...(await batches.at(5)).index]).toEqual(Array.from({ length: 16 }, (_, i) => (16 + i) % 3));
    expect([...(await batches.at(2 * perEpoch)).index]).toEqual((await drawn(2 * perEpoch)).index);
  });

  test("shows its own pixels, however long those take that were begun before it was set", async () => {
    let asked = 0;
    const stream = {
      ...{ count: 70, sizes: new Uint32Array(140).fill(8), close: async () => {} },
      /** Shows each image's number; the first request is answered after all others. */
      async cut(index: Uint32Array, views: readonly Cut[]) {
        const own = index.slice();
        await setTimeout(asked++ ? 1 : 50);
        for (const { pixels } of views)
          for (const [i, n] of own.entries()) pixels.fill(n, i * 192, (i + 1) * 192);
        return own;
      },
    };
    const settings = tiny({ batchSize: 16, views: [{ size: 8 }] });
    const batches = createBatches(settings, stream as unknown as ImageStream, 1); // what is missing are names
    batches.ahead(-1, () => true);
    batches.arrange(0, (position) => 69 - position);
    const { index, pixels } = await batches.at(0);
    await setTimeout(100);
    expect([...index]).toEqual(Array.from({ length: 16 }, (_, i) => 69 - i));
    expect(Array.from(index, (_, i) => pixels[0][i * 192])).toEqual([...index]);
  });

  test.each([70, -1, 0.5, Number.NaN])(
    "is told where it errs, not where it is drawn ahead: sample %d of 70",
    async (sample) => {
      const batches = createBatches(config, images, 1);
      batches.arrange(0, () => sample);
      batches.ahead(-1, () => true);
      await expect(batches.at(0)).rejects.toThrow(`sampler: samples run from 0 to 69; got ${sample}`);
    },
  );
});

test("a batch may be the whole data set, not more", () => {
  expect(stepsPerEpoch(70, 70)).toBe(1);
  expect(() => stepsPerEpoch(70, 71)).toThrow(
    "pretrain: a batch of 71 images exceeds the data set, which has 70; lower --batch-size",
  );
});
