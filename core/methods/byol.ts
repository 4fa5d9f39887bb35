import { z } from "zod";
import { detach } from "../autograd.ts";
import { batchNorm, type Layer, linear, sequence } from "../nn/index.ts";
import { add, affine, l2Normalize, mean, mul, relu, sum } from "../ops/index.ts";
import { cosine } from "../optim/index.ts";
import type { Tensor } from "../tensor.ts";
import { method, scheduled, setting } from "./method.ts";
import { follow, withTarget } from "./target.ts";

/**
 * Two linear layers, of which only the first is normalised. x [N, inputs] -> [N, outputs]
 *
 * Without biases, as the authors' code at the end: before normalisation they are idle, and so is the projector's last
 * one, which the predictor normalises away.
 */
const mlp = (inputs: number, hidden: number, outputs: number): Layer =>
  sequence(
    linear(inputs, hidden, { bias: false }),
    batchNorm(hidden),
    (x: Tensor) => relu(x),
    linear(hidden, outputs, { bias: false }),
  );

/** ||q - z||^2 = 2 - 2 <q, z>, the mean over rows of unit length [N, D]. Equation 2. */
const distance = (q: Tensor, z: Tensor): Tensor =>
  affine(mean(sum(mul(q, z), { from: 1 })), { scale: -2, shift: 2 });

/**
 * BYOL: from one view the online networks predict what the target makes of the other; nothing is a negative.
 *
 * The loss is the sum of both directions, each 2 - 2 cos: 8 where predictions are opposite, 0 where they are right. The
 * target follows the parameters that the update leaves, ever more slowly: 1 - (1 - tau) (cos(pi step / steps) + 1) / 2.
 * It normalises by its batches' statistics, as in training.
 *
 * Grill et al. 2020, sections 3.1 and 3.3 and algorithm 1. https://arxiv.org/abs/2006.07733
 */
export const byol = method({
  name: "byol",
  family: "self-distillation",
  paper:
    "Grill et al. 2020, Bootstrap your own latent: a new approach to self-supervised learning. https://arxiv.org/abs/2006.07733",

  config: z.strictObject({
    momentum: setting(
      z.number().min(0).max(1).default(0.99),
      "How much of itself the target keeps at the first step; it rises to 1.",
      "tau_base of 300 epochs in section 5; 0.996 of 1000 in section 3.3",
    ),
    projector: z
      .strictObject({
        hidden: setting(
          z.int().positive().default(4096),
          "Width of the projector's and the predictor's hidden layer.",
          "section 3.3",
        ),
        outputs: setting(z.int().positive().default(256), "Numbers of an embedding.", "section 3.3"),
      })
      .prefault({}),
  }),

  views: 2,
  sharding: "separable",

  build: (makeEncoder, { projector: { hidden, outputs } }) => ({
    ...withTarget(() => {
      const encoder = makeEncoder();
      return { encoder, projector: mlp(encoder.dimension, hidden, outputs) };
    }),
    predictor: mlp(outputs, hidden, outputs),
  }),

  schedules: ({ momentum }) => ({
    momentum: scheduled(({ step, steps }) => 1 - (1 - momentum) * cosine(step, steps)),
  }),

  step({ predictor, ...nets }, [x1, x2], _config, mode, { momentum }) {
    const { encoder, projector, target } = nets;
    const online = (x: Tensor) => l2Normalize(predictor(projector(encoder(x, mode), mode), mode)); // [N, D]
    const aim = (x: Tensor) => detach(l2Normalize(target(x, mode))); //                               [N, D]
    const [q1, q2] = [online(x1), online(x2)];
    return {
      loss: add(distance(q1, aim(x2)), distance(q2, aim(x1))),
      embeddings: [q1, q2],
      after: () => follow(nets, momentum),
    };
  },

  collapse: () => 0, // one embedding for all is easily predicted
});
