import { z } from "zod";
import { infoNce } from "../losses/infoNce.ts";
import { log } from "../math.ts";
import { linear, push, queue, sequence } from "../nn/index.ts";
import { add, affine, concat, l2Normalize, relu } from "../ops/index.ts";
import type { Tensor } from "../tensor.ts";
import { method, setting } from "./method.ts";
import { mocoConfig, mocoSchedules, mocoWarnings, outputs } from "./moco.ts";
import { shuffled } from "./shuffled.ts";
import { follow, withTarget } from "./target.ts";

/**
 * MoCo v2: MoCo (mocov1.ts) with a projector of two layers, whose views are made as SimCLR's.
 *
 * Chen et al. 2020, "Improved baselines with momentum contrastive learning". https://arxiv.org/abs/2003.04297
 */
export const mocov2 = method({
  name: "mocov2",
  family: "contrastive",
  paper:
    "Chen et al. 2020, Improved baselines with momentum contrastive learning. https://arxiv.org/abs/2003.04297",

  config: z.strictObject({
    temperature: setting(
      z.number().positive().default(0.2),
      "Similarities are divided by it.",
      "tau; section 3",
    ),
    ...mocoConfig,
    symmetric: setting(
      z.boolean().default(false),
      "Each view is query and key in turn.",
      "algorithm 1 of He et al. 2020; the authors' notebook for CIFAR-10 can do both",
    ),
    projector: z
      .strictObject({
        hidden: setting(
          z.int().positive().optional(),
          "Width of the projector's hidden layer; the encoder's dimension where nothing is said.",
          "2048 of ResNet-50; section 3",
        ),
        outputs,
      })
      .prefault({}),
  }),

  views: 2,
  sharding: "separable", // as mocov1

  build: (makeEncoder, { projector: { hidden, outputs }, queue: keys }) => ({
    ...withTarget(() => {
      const encoder = makeEncoder();
      const { dimension } = encoder;
      const width = hidden ?? dimension;
      const rectify = (x: Tensor) => relu(x);
      return { encoder, projector: sequence(linear(dimension, width), rectify, linear(width, outputs)) };
    }),
    queue: queue(keys, outputs),
  }),

  schedules: (config, batch) => mocoSchedules(config, batch, config.symmetric ? 2 * batch : batch),

  step({ queue, ...nets }, [x1, x2], { temperature, symmetric }, mode, { momentum, position, ...order }) {
    const { encoder, projector, target } = nets;
    const query = (x: Tensor) => l2Normalize(projector(encoder(x, mode), mode)); //  [N, D]
    const key = (x: Tensor) => shuffled(x, order, (x) => l2Normalize(target(x, mode))); //           [N, D]
    const [k2, q1] = [key(x2), query(x1)];
    let keys = k2;
    let loss = infoNce(q1, k2, queue, { temperature });
    if (symmetric) {
      const k1 = key(x1);
      keys = concat(k2, k1); // [2N, D]
      loss = affine(add(loss, infoNce(query(x2), k1, queue, { temperature })), { scale: 1 / 2 });
    }
    return {
      loss,
      embeddings: [q1, k2],
      after: (gather) => [...follow(nets, momentum), push(queue, gather(keys), position)],
    };
  },

  warnings: (config, data) => mocoWarnings(config, data),
  collapse: ({ queue }) => log(1 + queue), // the key is one among all
});
