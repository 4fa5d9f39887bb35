/** What a method does between steps: labels by features, an order of its own, a counter; all of it resumed exactly. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Backend } from "../../../core/backend.ts";
import type { RunConfig } from "../../../core/train/config.ts";
import { extractFeatures } from "../../../core/train/extractFeatures.ts";
import { openTraining } from "../../../core/train/training.ts";
import { backends } from "../../backends.ts";
import { bitsOf, type State, stateAt, tiny } from "../train/runs.ts";
import { CLUSTERS, clusters, labelled } from "./clusters.ts";
import { lit, runTo } from "./runs.ts";

let backend: Backend;
beforeAll(async () => {
  backend = await backends["as, no threads"]();
});
afterAll(() => backend.close());

const images = lit(80);
const PER_EPOCH = 5;
const config: RunConfig = {
  ...tiny({ batchSize: 16, epochs: 4, "optimizer.rate": 0.2 }),
  method: { name: "clusters" },
};
const after = (step: number, from?: [number, State]) =>
  runTo(backend, config, step, { images, from, method: clusters() });
const labelsOf = (state: State) => state.get("labels")!.data;

test("epochs begin with labels, then their order; every third step ends with a count", async () => {
  const events: string[] = [];
  await runTo(backend, config, 7, { images, method: clusters((event) => events.push(event)) });
  expect(events).toEqual([
    ...["clusters before step 0", "order before step 0", "count after step 3"],
    ...["clusters before step 5", "order before step 5", "count after step 6"],
  ]);
});

test("labels are those of the features that the encoder has as the epoch begins", async () => {
  const ends = (await after(PER_EPOCH)).state;
  const begun = (await after(PER_EPOCH + 1)).state;
  const from = { step: PER_EPOCH, tensors: ends, metadata: {} };
  const { values } = await extractFeatures(backend, config, images, from, { method: clusters() });
  expect(labelsOf(begun)).toEqual(labelled(values, images.count));
  expect(labelsOf(ends)).not.toEqual(labelsOf(begun)); // the checkpoint was taken before
  const { values: untrained } = await extractFeatures(backend, config, images, undefined, {
    method: clusters(),
  });
  expect(labelsOf(ends)).toEqual(labelled(untrained, images.count));
});

test("an epoch shows what its order names: each position once, here clusters equally often", async () => {
  const base = clusters();
  const positions: number[] = [];
  const [shown, members] = [new Float64Array(CLUSTERS), new Float64Array(CLUSTERS)];
  const method: typeof base = {
    ...base,
    async sampler(host) {
      const labels = await host.read(host.nets.labels);
      for (const label of labels) members[label]++;
      const sample = await base.sampler!(host);
      return (position) => {
        positions.push(position);
        shown[labels[sample(position)]]++;
        return sample(position);
      };
    },
  };
  await runTo(backend, config, 4 * PER_EPOCH, { images, method });
  const epoch = Array.from({ length: images.count }, (_, position) => position);
  expect(positions).toEqual([epoch, epoch, epoch, epoch].flat());
  for (const count of shown) expect(Math.abs(count - 80)).toBeLessThan(31); // four deviations of 320 draws
  expect(Math.max(...members)).toBeGreaterThan(80 + 31); // images alone would not be shown so
});

test("the same seed gives the same bits, another seed others", async () => {
  const seven = bitsOf((await after(7)).state);
  expect(bitsOf((await after(7)).state)).toEqual(seven);
  const other = { ...config, seed: 7 };
  const { state } = await runTo(backend, other, 7, { images, method: clusters() });
  for (const name of ["labels", "head.weight", "encoder.conv1.weight"])
    expect(bitsOf(state)[name]).not.toBe(seven[name]);
});

test.each([PER_EPOCH, 2 * PER_EPOCH, 7])(
  "stopped after step %i it goes on to the same bits, with labels and counter",
  async (stop) => {
    const last = 3 * PER_EPOCH + 2;
    const { state: stopped } = await after(stop);
    expect(stopped.get("labels")).toMatchObject({ dtype: "u32", shape: [images.count] });
    expect([...stopped.get("counter")!.data]).toEqual([Math.floor(stop / 3)]);
    const { state: whole, metrics } = await after(last);
    const resumed = await after(last, [stop, stopped]);
    expect(bitsOf(resumed.state)).toEqual(bitsOf(whole));
    expect(resumed.metrics).toEqual(metrics.slice(stop));
  },
);

test("memory is taken when features are first read, and not again", async () => {
  const training = await openTraining(config, images, backend, { method: clusters() });
  await stateAt(training, 1);
  const held = backend.usage();
  await stateAt(training, 2 * PER_EPOCH + 1);
  expect(backend.usage()).toEqual(held);
  training.free();
  expect(backend.usage()).toEqual({ bytes: 0, storages: 0 });
});
