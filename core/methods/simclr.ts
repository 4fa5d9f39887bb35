import { z } from "zod";
import { ntXent } from "../losses/ntXent.ts";
import { log } from "../math.ts";
import { mlp } from "../nn/index.ts";
import { concat, l2Normalize, slice } from "../ops/index.ts";
import { method, setting } from "./method.ts";

/**
 * SimCLR: two views of an image are each other's only positive among all views of the batch.
 *
 * Chen et al. 2020, algorithm 1. https://arxiv.org/abs/2002.05709
 */
export const simclr = method({
  name: "simclr",
  family: "contrastive",
  paper:
    "Chen et al. 2020, A simple framework for contrastive learning of visual representations. https://arxiv.org/abs/2002.05709",

  config: z.strictObject({
    temperature: setting(
      z.number().positive().default(0.1),
      "Similarities are divided by it.",
      "tau; table 5, best with the batch and epochs of section 4",
    ),
    projector: z
      .strictObject({
        hidden: setting(
          z.int().positive().optional(),
          "Width of the projector's hidden layer; the encoder's dimension where nothing is said.",
          "section 4.2",
        ),
        outputs: setting(z.int().positive().default(128), "Numbers of an embedding.", "section 2.1"),
      })
      .prefault({}),
  }),

  views: 2,
  sharding: "gathers",

  build(makeEncoder, { projector: { hidden, outputs } }) {
    const encoder = makeEncoder();
    return { encoder, projector: mlp(encoder.dimension, hidden ?? encoder.dimension, outputs) };
  },

  step({ encoder, projector }, [x1, x2], { temperature }, mode) {
    const h = encoder(concat(x1, x2), mode); //     [2N, D]
    const z = l2Normalize(projector(h, mode)); //   [2N, outputs]
    const N = x1.shape[0];
    return {
      loss: ntXent(z, { temperature }),
      embeddings: [slice(z, { start: 0, count: N }), slice(z, { start: N, count: N })],
    };
  },

  collapse: (_config, batch) => log(2 * batch - 1), // the partner is one among all others
});
