/** 20 updates of torch.optim.SGD (golden/sgd.py), by the update program that the trainer compiles. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import type { Backend } from "../core/backend.ts";
import { method } from "../core/methods/index.ts";
import { resnet18 } from "../core/nn/index.ts";
import { sum } from "../core/ops/index.ts";
import { cosine, sgd } from "../core/optim/index.ts";
import { size } from "../core/shape.ts";
import { state, type Tensor } from "../core/tensor.ts";
import { placeIn } from "../core/train/arena.ts";
import { compileStep } from "../core/train/step.ts";
import { backends } from "./backends.ts";
import { plain } from "./core/train/runs.ts";
import { golden } from "./golden.ts";

const fed = golden("sgd");
const { momentum, weight_decay: decay } = fed.metadata;
const [STEPS, SIZE] = fed.shape("grads");
const RATE = 0.12; // LR in sgd.py

/** One parameter, whose gradients the test writes. */
const fedMethod = method({
  name: "fed",
  config: z.unknown(),
  views: 0,
  sharding: "separable",
  build: () => ({ parameter: state([SIZE]) }),
  step: ({ parameter }) => ({ loss: sum(parameter) }),
});

test("the cosine schedule gives PyTorch's rates to the last bit of f32", () => {
  const rates = Float32Array.from({ length: STEPS }, (_, step) => RATE * cosine(step, STEPS));
  expect(rates).toEqual(fed.f32("lr"));
});

for (const [name, open] of Object.entries(backends))
  describe(`on ${name}`, () => {
    let backend: Backend;
    beforeAll(async () => {
      backend = await open();
    });
    afterAll(() => backend?.close());

    test("20 updates in place move parameters and momenta as PyTorch does", async () => {
      const optimizer = sgd({ momentum: Number(momentum), decay: Number(decay) });
      const { memory, trace, parameters, update, vector, optimizerSettings } = await compileStep(
        backend,
        optimizer,
        {
          ...{ method: fedMethod, settings: {}, encoder: () => resnet18(), batch: 1, shards: 1 },
          ...{ images: { count: 1, height: 1, width: 1 }, ...plain },
        },
      );
      expect(update.memory.bytes).toBe(0); // nothing is copied
      const parameter = trace.nets.parameter as Tensor; // as fedMethod builds it
      memory.write(parameter, fed.f32("param"));
      const gradient = new Float32Array(size(vector.shape));
      for (let step = 0; step < STEPS; step++) {
        gradient.set(fed.f32("grads").subarray(step * SIZE, (step + 1) * SIZE));
        memory.write(vector, gradient);
        memory.write(optimizerSettings, optimizer.settings(RATE * cosine(step, STEPS)));
        await update.run();
        const key = `param.after${step + 1}`;
        if (fed.names.includes(key)) fed.expectEqual(key, await memory.read(parameter));
      }
      const momenta = await memory.read(placeIn(parameters, parameter, 1));
      fed.expectEqual(`momentum.after${STEPS}`, momenta);
    });
  });
