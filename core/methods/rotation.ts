import { z } from "zod";
import { log } from "../math.ts";
import { groupedBy, linear } from "../nn/index.ts";
import { mean, quarterTurns, softmaxCrossEntropy } from "../ops/index.ts";
import { method } from "./method.ts";

/**
 * Rotation prediction: by which of four quarter turns was an image turned?
 *
 * All four of an image are in one batch, turned after everything else was done to it, and labelled 0 to 3 counter-clockwise.
 *
 * Gidaris et al. 2018, section 2. https://arxiv.org/abs/1803.07728
 */
export const rotation = method({
  name: "rotation",
  family: "classification",
  paper:
    "Gidaris et al. 2018, Unsupervised representation learning by predicting image rotations. https://arxiv.org/abs/1803.07728",
  config: z.strictObject({}),
  views: 1,
  pictures: (x) => quarterTurns(x),
  sharding: "separable",

  build(makeEncoder) {
    const encoder = makeEncoder();
    return { encoder, head: linear(encoder.dimension, 4) };
  },

  schedules: (_config, batch) => ({
    labels: {
      ...{ shape: [4 * batch], dtype: "u32" },
      write(values) {
        for (let i = 0; i < values.length; i++) values[i] = i % 4;
      },
    },
  }),

  step({ encoder, head }, [x], _config, mode, { labels }) {
    const h = encoder(quarterTurns(x), groupedBy(4, mode)); // [4N, D]
    return { loss: mean(softmaxCrossEntropy(head(h, mode), labels)), embeddings: [h] };
  },

  collapse: () => log(4),
});
