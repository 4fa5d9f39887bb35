import { z } from "zod";
import { ntXent } from "../losses/ntXent.ts";
import { log } from "../math.ts";
import { groupedBy, mlp } from "../nn/index.ts";
import { concat, l2Normalize, slice, swapAxes } from "../ops/index.ts";
import { size } from "../shape.ts";
import { reshape, type Tensor } from "../tensor.ts";
import { method, setting } from "./method.ts";

/** Rows in A blocks of as many, to one row of each block in turn. */
function inTurn(x: Tensor, A: number): Tensor {
  const B = x.shape[0] / A;
  return reshape(swapAxes(reshape(x, [A, B, size(x.shape) / x.shape[0]]), { at: 0 }), x.shape);
}

/**
 * SimCLR: two views of an image are each other's only positive among all views of the batch.
 *
 * A normalisation group of G images holds both of their views, whose statistics would tell partners otherwise.
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
    const N = x1.shape[0];
    if (N < 2)
      throw new RangeError("simclr: a batch of 1 image has no negatives; set --batch-size to 2 or more");
    const both = concat(x1, x2);
    const grouped = groupedBy(2, mode);
    const y = projector(encoder(mode.group ? inTurn(both, 2) : both, grouped), grouped);
    const z = l2Normalize(mode.group ? inTurn(y, N) : y); // [2N, outputs]
    return {
      loss: ntXent(z, { temperature }),
      embeddings: [slice(z, { start: 0, count: N }), slice(z, { start: N, count: N })],
    };
  },

  collapse: (_config, batch) => log(2 * batch - 1), // the partner is one among all others
});
