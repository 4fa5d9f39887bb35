import { z } from "zod";
import { infoNce } from "../losses/infoNce.ts";
import { log } from "../math.ts";
import { linear, push, queue } from "../nn/index.ts";
import { l2Normalize } from "../ops/index.ts";
import { method, setting } from "./method.ts";
import { mocoConfig, mocoSchedules, mocoWarnings, outputs } from "./moco.ts";
import { shuffled } from "./shuffled.ts";
import { follow, withTarget } from "./target.ts";

/**
 * MoCo: a query's key comes of a network that follows slowly, and keys of past batches are the negatives.
 *
 * The target follows after the update, the authors' before the next step's keys, which is the same. Only queries learn:
 * infoNce sees to it.
 *
 * He et al. 2020, algorithm 1. https://arxiv.org/abs/1911.05722
 */
export const mocov1 = method({
  name: "mocov1",
  family: "contrastive",
  paper:
    "He et al. 2020, Momentum contrast for unsupervised visual representation learning. https://arxiv.org/abs/1911.05722",

  config: z.strictObject({
    temperature: setting(
      z.number().positive().default(0.07),
      "Similarities are divided by it.",
      "tau; section 3.3",
    ),
    ...mocoConfig,
    projector: z.strictObject({ outputs }).prefault({}),
  }),

  views: 2,
  sharding: "separable", // queries meet their own keys and the queue only; permutations keep within a shard

  build: (makeEncoder, { projector: { outputs }, queue: keys }) => ({
    ...withTarget(() => {
      const encoder = makeEncoder();
      return { encoder, projector: linear(encoder.dimension, outputs) };
    }),
    queue: queue(keys, outputs),
  }),

  schedules: (config, batch) => mocoSchedules(config, batch),

  step({ queue, ...nets }, [xq, xk], { temperature }, mode, { momentum, position, ...order }) {
    const { encoder, projector, target } = nets;
    const q = l2Normalize(projector(encoder(xq, mode), mode)); //                    [N, D]
    const k = shuffled(xk, order, (x) => l2Normalize(target(x, mode))); //  [N, D]
    return {
      loss: infoNce(q, k, queue, { temperature }),
      embeddings: [q, k],
      after: (gather) => [...follow(nets, momentum), push(queue, gather(k), position)],
    };
  },

  warnings: (config, data) => mocoWarnings(config, data),
  collapse: ({ queue }) => log(1 + queue), // the key is one among all
});
