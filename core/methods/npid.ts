import { z } from "zod";
import { detach } from "../autograd.ts";
import { estimatedLogZ, instanceNce, instanceSoftmax } from "../losses/index.ts";
import { log } from "../math.ts";
import { bank, blend, linear, store } from "../nn/index.ts";
import {
  add,
  affine,
  gatherDot,
  l2Normalize,
  logSumExp,
  mul,
  randomIndices,
  sum,
  takeRows,
} from "../ops/index.ts";
import { reshape, state, type Tensor } from "../tensor.ts";
import { method, setting } from "./method.ts";

/**
 * NPID, non-parametric instance discrimination: an image is told from others by a memory bank of all images' embeddings.
 *
 * The positive is what the bank holds of the image, from when it was seen last. Negatives are rows of the bank, drawn for
 * each image and step, independent and with replacement (a bank may have fewer rows), by a key of the image's position in
 * the epoch: the same in every shard and when resumed. The loss is OpenSelfSup's softmax over them; `nce` is the paper's,
 * whose Z is estimated by the first batch and kept in the checkpoint as `logZ`. The proximal term is not taken over.
 *
 * Wu et al. 2018, section 3. https://arxiv.org/abs/1805.01978
 */
export const npid = method({
  name: "npid",
  family: "memory bank",
  paper:
    "Wu et al. 2018, Unsupervised feature learning via non-parametric instance discrimination. https://arxiv.org/abs/1805.01978",

  config: z.strictObject({
    temperature: setting(
      z.number().positive().default(0.07),
      "Similarities are divided by it.",
      "tau; section 4",
    ),
    momentum: setting(
      z.number().min(0).max(1).default(0.5),
      "How much of itself a row of the bank keeps when its image is seen.",
      "the authors' nce_m",
    ),
    negatives: setting(
      z.int().positive().default(65536),
      "Rows of the bank that an image is told from.",
      "OpenSelfSup's npid configs; 4096 in section 4",
    ),
    ensureNeg: setting(
      z.boolean().default(false),
      "Negatives are never the image itself.",
      "OpenSelfSup's r50_ensure_neg.py; no in r50.py",
    ),
    loss: setting(
      z.enum(["softmax", "nce"]).default("softmax"),
      "Cross entropy over the negatives, or the paper's noise-contrastive estimation.",
      "ours: softmax as OpenSelfSup has it; nce is section 3",
    ),
    outputs: setting(z.int().positive().default(128), "Numbers of an embedding.", "section 4"),
  }),

  views: 1,
  sharding: "separable", // images meet the bank only

  build(makeEncoder, { outputs, loss }, { samples }) {
    const encoder = makeEncoder();
    const nets = { encoder, projector: linear(encoder.dimension, outputs), bank: bank(samples, outputs) };
    return loss === "nce" ? { ...nets, logZ: state([1]), estimated: state([1]) } : nets;
  },

  step(nets, [x], { temperature, momentum, negatives: count, ensureNeg }, mode, { index }) {
    const { encoder, projector, bank } = nets;
    const samples = bank.shape[0];
    if (ensureNeg && samples < 2)
      throw new RangeError(
        "npid: method.ensureNeg: of 1 image there are no others; show more, or set it to false",
      );
    if (!mode.keys) throw new Error("npid: this pass has no keys to draw by");

    const v = l2Normalize(projector(encoder(x, mode), mode)); //                       [N, D]
    const scaled = affine(v, { scale: 1 / temperature });
    const own = takeRows(bank, index); //                                              [N, D]
    const drawn = randomIndices(mode.keys, index, {
      ...{ count, below: samples, purpose: mode.purpose(), bar: ensureNeg },
    }); //                                                                             [N, K]
    const similarities = {
      positive: sum(mul(scaled, own), { from: 1 }), //                                 [N]
      negatives: gatherDot(scaled, bank, drawn), //                                    [N, K]
    };
    const next = blend(own, v, momentum);

    if (!("logZ" in nets))
      return {
        loss: instanceSoftmax(similarities),
        embeddings: [v],
        after: (gather) => [store(bank, gather(next), gather(index))],
      };

    const { logZ, estimated } = nets; // estimated: 1 from the first update on, which an overflow of f16 delays
    const known = (estimate: Tensor) =>
      add(mul(affine(estimated, { scale: -1, shift: 1 }), estimate), mul(estimated, logZ));
    const estimate = detach(estimatedLogZ(similarities.negatives, { samples }));
    return {
      loss: instanceNce(similarities, detach(known(estimate)), { samples }), // Z is not learned
      embeddings: [v],
      after(gather) {
        const all = gather(estimate); // of shards [S]
        const pooled = affine(logSumExp(reshape(all, [1, all.shape[0]])), { shift: -log(all.shape[0]) });
        return [
          store(bank, gather(next), gather(index)),
          { target: logZ, value: known(pooled) },
          { target: estimated, value: affine(estimated, { scale: 0, shift: 1 }) },
        ];
      },
    };
  },

  warnings: ({ negatives }, { samples }) =>
    negatives > samples
      ? [
          `${negatives} negatives of a bank of ${samples}: rows are drawn again and again; set method.negatives lower`,
        ]
      : [],

  collapse: ({ loss, negatives }) => (loss === "softmax" ? log(1 + negatives) : undefined), // the image is one among all
});
