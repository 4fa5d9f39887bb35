/** Three steps of MoCo v2 as PyTorch takes them (golden/moco.py), by the programs that the trainer compiles. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Backend } from "../core/backend.ts";
import { mocov2, stateOf } from "../core/methods/index.ts";
import { batchNorm, conv, type Encoder, encoder, sequence } from "../core/nn/index.ts";
import { mean, relu } from "../core/ops/index.ts";
import { sgd } from "../core/optim/index.ts";
import type { Tensor } from "../core/tensor.ts";
import type { CheckpointTensor } from "../core/train/checkpoint.ts";
import { exportState, importState, initialise } from "../core/train/state.ts";
import { compileStep, metricsAt } from "../core/train/step.ts";
import { backends } from "./backends.ts";
import { plain } from "./core/train/runs.ts";
import { golden } from "./golden.ts";
import { boxRows } from "./viewRows.ts";

const moco = golden("moco");
const setting = (name: string) => Number(moco.metadata[name]);
const [STEPS, BATCH] = moco.shape("index");
const [QUEUE, outputs] = moco.shape("queue");
const [count, height, width] = moco.shape("images");

/** Net.encoder in moco.py. */
const small = (): Encoder => {
  const net = sequence(
    conv(3, 4, 3, { padding: 1 }),
    batchNorm(4),
    (x: Tensor) => relu(x),
    conv(4, 8, 3, { stride: 2, padding: 1 }),
    batchNorm(8),
    (x: Tensor) => relu(x),
    (x: Tensor) => mean(x, { from: 1, to: 3 }),
  );
  return encoder(net.state, 8, (x, mode) => ({ output: net(x, mode) }));
};

/** What a step is given as PyTorch was. */
function rowOf(name: string, step: number): Uint32Array<ArrayBuffer> {
  return Uint32Array.from(moco.values(name).subarray(step * BATCH, (step + 1) * BATCH));
}

for (const [name, open] of Object.entries(backends))
  describe(`on ${name}`, () => {
    let backend: Backend;
    beforeAll(async () => {
      backend = await open();
    });
    afterAll(() => backend?.close());

    test.each([
      ["oneway", false],
      ["symmetric", true],
    ])(
      "three steps with the %s loss leave the networks, the target and the queue as PyTorch's",
      async (at, symmetric) => {
        const optimizer = sgd({ momentum: setting("sgdMomentum"), decay: setting("decay") });
        const { temperature, momentum } = {
          temperature: setting("temperature"),
          momentum: setting("momentum"),
        };
        const settings = {
          temperature,
          momentum,
          symmetric,
          queue: QUEUE,
          projector: { hidden: 8, outputs },
        };
        const step = await compileStep(backend, optimizer, {
          ...{ method: mocov2, settings, encoder: small, batch: BATCH, shards: 1, group: setting("group") },
          images: { count, height, width },
          ...plain,
        });
        const { memory, trace, parameters } = step;
        const tree = stateOf(trace.nets);

        initialise(memory, tree, 0);
        const tensors = await exportState(memory, tree, parameters, []);
        const set = (key: string, source: string) => {
          const tensor: CheckpointTensor = {
            dtype: "f32",
            shape: moco.shape(source),
            data: moco.f32(source),
          };
          expect(tensors.has(key), key).toBe(true);
          tensors.set(key, tensor);
        };
        set("queue", "queue");
        for (const source of moco.names.filter((each) => each.startsWith("param."))) {
          set(source.slice("param.".length), source);
          set(`target.${source.slice("param.".length)}`, source);
        }
        importState(memory, tree, tensors);

        memory.write(trace.pixels[0], moco.values("images") as Uint8Array); // as moco.py stores them
        trace.rows.forEach(([rows], view) => {
          memory.write(rows, boxRows(Array(BATCH).fill({ height, width, flip: view })));
        });
        memory.write(step.optimizerSettings, optimizer.settings(setting("rate"), 0, step.options));
        const position = new Uint32Array(1);
        for (let i = 0; i < STEPS; i++) {
          const order = rowOf("order", i);
          const inverse = order.map((_, n) => order.indexOf(n));
          memory.write(trace.index, rowOf("index", i));
          for (const [tensor, { values, write }] of trace.scheduled) {
            write(values, { seed: 0, step: i, steps: STEPS, perEpoch: STEPS, shard: 0, shards: 1 });
            memory.write(tensor, values);
          }
          const [orderInput, inverseInput] = [...trace.scheduled.keys()]; // in the order of the method's schedules
          memory.write(orderInput, order);
          memory.write(inverseInput, inverse);
          position[0] = i;
          memory.write(step.position, position);
          await step.gradient.run();
          await step.update.run();
        }

        const after = await exportState(memory, tree, parameters, optimizer.slots);
        const theirs = moco.names.filter((each) => each.startsWith(`${at}.after.`));
        expect(theirs.length).toBe(1 + 2 * (6 + 4));
        for (const key of theirs) moco.expectEqual(key, after.get(key.slice(`${at}.after.`.length))!.data);
        const ring = (await memory.read(step.ring)) as Float32Array;
        moco.expectEqual(
          `${at}.losses`,
          Array.from({ length: STEPS }, (_, i) => metricsAt(ring, i, step).loss),
        );
        for (const each of [step.gradient, step.update]) each.free();
        memory.free();
      },
    );
  });
