import { op } from "../op.ts";
import { fits, size } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { eighths } from "./draw.ts";
import { logSumExpSimilarities } from "./similarity.ts";
import { similarityLseGrad } from "./similarityLseGrad.ts";

/**
 * How much each row resembles all others, in one number: lse[i] = log sum over j != i of exp(z[i] . z[j] / temperature).
 *
 *     z [M, D] -> lse [M]
 *
 * The denominator of NT-Xent. Kernels never hold the M x M similarities: they stream over j with a running maximum, so
 * rows need not be of unit length.
 */
export const similarityLse = op<[z: Tensor], { temperature: number }>({
  name: "similarityLse",

  shape([z]) {
    fits(z.length === 2 && z[0] >= 2, "similarityLse", "the input must be a matrix of two rows or more", z);
    return [z[0]];
  },

  params: ([[M, D]]) => ({ M, D }),
  floats: ({ temperature }) => ({ temperature }),
  reference: ([z], lse, { D, temperature }) => lse.set(logSumExpSimilarities(z, D, temperature)),
  grad: (dy, lse, [z], { temperature }) => [similarityLseGrad(z, lse, dy, { temperature })],

  draw: [(uniform, shape) => eighths(uniform, size(shape))],
  examples: [
    [[[4, 3]], { temperature: 0.5 }],
    [[[2, 1]], { temperature: 1 }], // the smallest
    [[[37, 19]], { temperature: 0.1 }],
    [[[74, 37]], { temperature: 1 / 64 }], // similarities of hundreds: the maximum must be subtracted
    [[[130, 128]], { temperature: 0.5 }],
    [[[512, 128]], { temperature: 5 }],
  ],
});
