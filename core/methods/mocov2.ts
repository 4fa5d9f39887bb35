import { z } from "zod";
import { infoNce } from "../losses/infoNce.ts";
import { log } from "../math.ts";
import { chain, copyOf, ema, linear, push, queue, sequence } from "../nn/index.ts";
import { add, affine, concat, l2Normalize, relu } from "../ops/index.ts";
import type { Tensor } from "../tensor.ts";
import { method, scheduled } from "./method.ts";
import { shuffled, shuffles } from "./shuffled.ts";

/**
 * MoCo v2: a query's key comes of a network that follows slowly, and keys of past batches are the negatives.
 *
 * He et al. 2020, algorithm 1 (https://arxiv.org/abs/1911.05722); Chen et al. 2020, "Improved baselines with momentum
 * contrastive learning" (https://arxiv.org/abs/2003.04297). The target follows after the update, the authors' before the
 * next step's keys, which is the same. Only queries learn: infoNce sees to it.
 */
export const mocov2 = method({
  name: "mocov2",
  family: "contrastive",
  paper:
    "Chen et al. 2020, Improved baselines with momentum contrastive learning. https://arxiv.org/abs/2003.04297",

  config: z.strictObject({
    temperature: z
      .number()
      .positive()
      .default(0.2)
      .describe("Similarities are divided by it.")
      .meta({ source: "tau; section 3.1" }),
    momentum: z
      .number()
      .min(0)
      .max(1)
      .default(0.999)
      .describe("How much of itself the network of keys keeps at each step.")
      .meta({ source: "m; He et al. 2020, section 3.3. https://arxiv.org/abs/1911.05722" }),
    queue: z
      .int()
      .positive()
      .default(65536)
      .describe("Keys of past batches that are the negatives.")
      .meta({ source: "K; He et al. 2020, section 4. https://arxiv.org/abs/1911.05722" }),
    symmetric: z
      .boolean()
      .default(false)
      .describe("Each view is query and key in turn.")
      .meta({ source: "algorithm 1 of He et al. 2020; the authors' notebook for CIFAR-10 can do both" }),
    projector: z
      .strictObject({
        hidden: z
          .int()
          .positive()
          .optional()
          .describe("Width of the projector's hidden layer; the encoder's dimension where nothing is said.")
          .meta({ source: "2048 of ResNet-50; section 3.1" }),
        outputs: z
          .int()
          .positive()
          .default(128)
          .describe("Numbers of an embedding.")
          .meta({ source: "He et al. 2020, section 3.3. https://arxiv.org/abs/1911.05722" }),
      })
      .prefault({}),
  }),

  views: 2,
  sharding: "separable", // queries meet their own keys and the queue only; permutations keep within a shard

  build(makeEncoder, { projector: { hidden, outputs }, queue: keys }) {
    function net() {
      const encoder = makeEncoder();
      const { dimension } = encoder;
      const rectify = (x: Tensor) => relu(x);
      const projector = sequence(
        linear(dimension, hidden ?? dimension),
        rectify,
        linear(hidden ?? dimension, outputs),
      );
      return { encoder, projector };
    }
    return { ...net(), target: copyOf(chain(net())), queue: queue(keys, outputs) };
  },

  schedules({ momentum, queue: keys, symmetric }, batch) {
    const pushed = (symmetric ? 2 : 1) * batch;
    return {
      ...shuffles(batch),
      momentum: scheduled(() => momentum),
      position: scheduled(({ step, shards }) => (step * shards * pushed) % keys, "u32"),
    };
  },

  step(
    { encoder, projector, target, queue },
    [x1, x2],
    { temperature, symmetric },
    mode,
    { momentum, position, ...order },
  ) {
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
      after: (gather) => [
        ...ema(target.state, { encoder: encoder.state, projector: projector.state }, momentum),
        push(queue, gather(keys), position),
      ],
    };
  },

  collapse: ({ queue }) => log(1 + queue), // the key is one among all
});
