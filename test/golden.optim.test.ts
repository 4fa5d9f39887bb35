/** 20 updates of LARS, AdamW and Nesterov's SGD (golden/lars.py, adamw.py, nesterov.py), by the trainer's update program. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import type { Backend } from "../core/backend.ts";
import { method } from "../core/methods/index.ts";
import { resnet18 } from "../core/nn/index.ts";
import { add, sum } from "../core/ops/index.ts";
import { adamw, lars, type Optimizer, type Rule, sgd } from "../core/optim/index.ts";
import { size } from "../core/shape.ts";
import { state, type Tensor } from "../core/tensor.ts";
import { placeIn } from "../core/train/arena.ts";
import { compileStep } from "../core/train/step.ts";
import { backends } from "./backends.ts";
import { plain } from "./core/train/runs.ts";
import { type Golden, golden } from "./golden.ts";
import { distance } from "./numbers.ts";

/** Parameters after 20 updates, whose own sizes are about 1, in f32 whose unit is 6e-8. */
const TOLERANCE = 1e-6;

const names = ["filter", "bias", "weight"];

function fedMethod(fed: Golden) {
  return method({
    name: "fed",
    config: z.unknown(),
    views: 0,
    sharding: "separable",
    build: () => Object.fromEntries(names.map((name) => [name, state(fed.shape(name))])),
    step: (nets) => ({ loss: names.map((name) => sum(nets[name] as Tensor)).reduce((a, b) => add(a, b)) }),
  });
}

const topics: Record<string, (number: (key: string) => number, rules: Rule[]) => Optimizer> = {
  nesterov: (number, rules) =>
    sgd({
      ...{ momentum: number("momentum"), decay: number("decay"), clip: number("clip") },
      ...{ nesterov: true, rules },
    }),
  adamw: (number, rules) =>
    adamw({
      ...{ beta1: number("beta1"), beta2: number("beta2"), eps: number("eps") },
      ...{ decay: number("decay"), rules },
    }),
  lars: (number, rules) =>
    lars({ momentum: number("momentum"), decay: number("decay"), trust: number("trust"), rules }),
};

for (const [name, open] of Object.entries(backends))
  describe(`on ${name}`, () => {
    let backend: Backend;
    beforeAll(async () => {
      backend = await open();
    });
    afterAll(() => backend?.close());

    test.each(Object.entries(topics))("20 updates of %s are the reference's", async (topic, make) => {
      const fed = golden(topic);
      const number = (key: string) => Number(fed.metadata[key]);
      const bias = { rank: 1, rateMult: number("rate_of_bias"), decay: 0, exclude: true };
      const optimizer = make(number, [bias]);
      const { memory, trace, parameters, update, vector, optimizerSettings, options } = await compileStep(
        backend,
        optimizer,
        {
          ...{ method: fedMethod(fed), settings: {}, encoder: () => resnet18(), batch: 1, shards: 1 },
          ...{ images: { count: 1, height: 1, width: 1 }, ...plain },
        },
      );
      const leaf = (name: string) => trace.nets[name] as Tensor; // as fedMethod builds them
      for (const name of names) memory.write(leaf(name), fed.f32(name));
      const gradients = new Float32Array(size(vector.shape));
      const rates = fed.f32("rate");
      for (const [step, rate] of rates.entries()) {
        for (const name of names) {
          const [each, all] = [size(fed.shape(name)), fed.f32(`${name}.grads`)];
          gradients.set(all.subarray(step * each, (step + 1) * each), parameters.offsets.get(leaf(name)));
        }
        memory.write(vector, gradients);
        memory.write(optimizerSettings, optimizer.settings(rate, step, options));
        await update.run();
      }
      for (const name of names)
        for (const [row, what] of ["after", ...optimizer.slots].entries()) {
          const values = await memory.read(placeIn(parameters, leaf(name), row));
          const error = distance(values, fed.f32(`${name}.${what}`));
          expect(error, `${name}.${what}`).toBeLessThan(TOLERANCE);
        }
      expect(update.memory.bytes).toBeLessThan(4 * parameters.width); // neither arena nor gradients are copied
    });
  });
