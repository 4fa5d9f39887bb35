import { expect, test } from "vitest";
import { z } from "zod";
import { method, scheduled } from "../../../core/methods/index.ts";
import { resnet18 } from "../../../core/nn/index.ts";
import { add, mean, mul, takeLabels } from "../../../core/ops/index.ts";
import { sgd } from "../../../core/optim/index.ts";
import { state, type Tensor } from "../../../core/tensor.ts";
import { compileStep } from "../../../core/train/step.ts";
import { backends } from "../../backends.ts";
import { boxRows } from "../../viewRows.ts";
import { plain } from "../train/runs.ts";

const COUNT = 8;

/** Remembers each image's brightness, a hundred times the shard's number added, which it was, and what label it has. */
const remembering = method({
  name: "remembering",
  config: z.unknown(),
  views: 1,
  sharding: "separable",
  build: (_encoder, _config, { samples }) => ({
    ...{ weight: state([1]), seen: state([samples]), which: state([samples], undefined, "u32") },
    ...{ labels: state([samples], undefined, "u32"), known: state([samples], undefined, "u32") },
  }),
  schedules: () => ({ bonus: scheduled(({ shard }) => 100 * shard) }),
  step({ weight, seen, which, labels, known }, [x], _config, _mode, { bonus, index }) {
    const brightness = mean(x, { from: 1, to: 4 }); // [N]
    return {
      loss: mean(mul(brightness, weight)),
      after: (gather) => [
        { target: seen, value: gather(add(brightness, bonus)) },
        { target: which, value: gather(index) },
        { target: known, value: gather(takeLabels(labels, index)) },
      ],
    };
  },
});

test.each([1, 2, 4, 8])(
  "what is gathered of %i shards is all rows in the order of shards, once the last is computed",
  async (shards) => {
    const backend = await backends["as, no threads"]();
    const [batch, side] = [COUNT / shards, 2];
    const { memory, trace, gradient, update } = await compileStep(backend, sgd(), {
      ...{ method: remembering, settings: {}, encoder: () => resnet18(), batch, shards },
      images: { count: COUNT, height: side, width: side },
      ...plain,
    });
    const { seen, which, labels, known } = trace.nets as Record<string, Tensor>; // as the method builds them
    const order = Uint32Array.from({ length: COUNT }, (_, n) => n);
    memory.write(
      trace.pixels[0],
      Uint8Array.from(
        { length: COUNT * side * side * 3 },
        (_, at) => 10 * Math.floor(at / (side * side * 3)),
      ),
    );
    memory.write(trace.rows[0][0], boxRows(Array(batch).fill({ height: side, width: side })));
    memory.write(seen, new Float32Array(COUNT).fill(-1));
    memory.write(trace.indices, order);
    memory.write(
      labels,
      order.map((n) => 2 ** 32 - 1 - n),
    );
    for (let shard = 0; shard < shards; shard++) {
      memory.write(trace.index, order.subarray(shard * batch, (shard + 1) * batch));
      for (const [tensor, { values, write }] of trace.scheduled) {
        write(values, { seed: 0, step: 0, steps: 1, perEpoch: 1, shard, shards });
        memory.write(tensor, values);
      }
      await gradient.run();
      expect(new Set(await memory.read(seen))).toEqual(new Set([-1]));
    }
    await update.run();
    expect(await memory.read(which)).toEqual(order);
    expect(await memory.read(known)).toEqual(await memory.read(labels));
    const found = await memory.read(seen);
    for (let n = 0; n < COUNT; n++)
      expect(found[n]).toBeCloseTo((10 * n) / 255 + 100 * Math.floor(n / batch), 4);
    await backend.close();
  },
);
