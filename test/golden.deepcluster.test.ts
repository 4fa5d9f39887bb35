/** DeepCluster's clusterings and steps as golden/deepcluster.py takes them, by the programs that the trainer compiles. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Backend } from "../core/backend.ts";
import { kmeans, pca, project } from "../core/cluster/index.ts";
import { deepcluster, stateOf } from "../core/methods/index.ts";
import { sgd } from "../core/optim/index.ts";
import type { Tensor } from "../core/tensor.ts";
import { compileFeatures, encoderIn } from "../core/train/features.ts";
import { exportState, importState, initialise } from "../core/train/state.ts";
import { compileStep, metricsAt } from "../core/train/step.ts";
import { backends } from "./backends.ts";
import { plain } from "./core/train/runs.ts";
import { golden } from "./golden.ts";
import { small } from "./goldenSteps.ts";
import { boxRows } from "./viewRows.ts";

const theirs = golden("deepcluster");
const setting = (name: string) => Number(theirs.metadata[name]);
const [STEPS, BATCH] = theirs.shape("index");
const [, K] = theirs.shape("starts");
const [count, height, width] = theirs.shape("images");
const COMPONENTS = 3;
const MARGIN = 1e-3; // of squared distances; float32 moves them by 1e-6

const rowOf = (name: string, row: number, length: number) =>
  Uint32Array.from(theirs.values(name).subarray(row * length, (row + 1) * length));

for (const [name, open] of Object.entries(backends))
  describe(`on ${name}`, () => {
    let backend: Backend;
    beforeAll(async () => {
      backend = await open();
    });
    afterAll(() => backend?.close());

    test("two clusterings and three steps between them give PyTorch's labels, gradients, losses and state", async () => {
      const optimizer = sgd({
        ...{ momentum: setting("momentum"), decay: setting("decay") },
        rules: [{ match: "^head", momentum: 0 }],
      });
      const pixels = theirs.values("images") as Uint8Array<ArrayBuffer>;
      const images = { count, height, width, pixels, names: [], classes: [], labels: undefined };
      const step = await compileStep(backend, optimizer, {
        ...{ method: deepcluster, encoder: small, batch: BATCH, shards: 1, images, ...plain },
        settings: { clusters: K, pca: COMPONENTS, iterations: 20, perCluster: 10 },
      });
      const { memory, trace, parameters } = step;
      const tree = stateOf(trace.nets);
      const save = () => exportState(memory, tree, parameters, optimizer.slots);
      const features = await compileFeatures(backend, memory, encoderIn(trace.nets, "deepcluster"), {
        ...{ images, view: plain.views[0], normalize: plain.normalize, layers: ["output"], batch: BATCH },
      });

      async function cluster(which: number): Promise<void> {
        const set = { ...images, fingerprint: "", skipped: [] };
        const rows = (await features.of(set)).get("output")!;
        const components = await pca(backend, rows, { dimensions: COMPONENTS });
        const unit = await project(backend, rows, components, { whiten: true, unit: true });
        const chosen = [...rowOf("starts", which, K)].map((n) => n * COMPONENTS);
        const start = Float32Array.from(
          chosen.flatMap((at) => [...unit.values.subarray(at, at + COMPONENTS)]),
        );
        const { labels } = await kmeans(backend, unit, { k: K, start });
        memory.write(trace.nets.labels as Tensor, labels);
        const margins = theirs.values(`margins.${which}`);
        const clear = (label: number, n: number) => (margins[n] > MARGIN ? label : -1);
        expect([...labels].map(clear)).toEqual(Array.from(theirs.values(`labels.${which}`), clear));
      }

      initialise(memory, tree, 0);
      const tensors = await exportState(memory, tree, parameters, []);
      for (const source of theirs.names.filter((each) => each.startsWith("param."))) {
        const key = source.slice("param.".length);
        expect(tensors.has(key), key).toBe(true);
        tensors.set(key, { dtype: "f32", shape: theirs.shape(source), data: theirs.f32(source) });
      }
      importState(memory, tree, tensors);
      memory.write(trace.pixels[0], pixels);
      memory.write(trace.rows[0][0], boxRows(Array(BATCH).fill({ height, width, flip: 0 })));
      memory.write(step.optimizerSettings, optimizer.settings(setting("rate"), 0, step.options));

      await cluster(0);
      for (let i = 0; i < STEPS; i++) {
        memory.write(trace.index, rowOf("index", i, BATCH));
        memory.write(step.position, Uint32Array.of(i));
        await step.gradient.run();
        await step.update.run();
        if (i > 0) continue;
        const first = await save(); // a velocity that began at 0 is the gradient and the decay
        for (const key of theirs.names.filter((each) => each.startsWith("first.")))
          theirs.expectEqual(key, first.get(`optimizer.momentum.${key.slice("first.".length)}`)!.data);
      }
      await cluster(1);

      const after = await save();
      const expected = theirs.names.filter((each) => each.startsWith("after."));
      expect(expected.length).toBe(8 + 4);
      for (const key of expected) theirs.expectEqual(key, after.get(key.slice("after.".length))!.data);
      const ring = (await memory.read(step.ring)) as Float32Array;
      theirs.expectEqual(
        "losses",
        Array.from({ length: STEPS }, (_, i) => metricsAt(ring, i, step).loss),
      );
      for (const each of [step.gradient, step.update, features]) each.free();
      memory.free();
    });
  });
