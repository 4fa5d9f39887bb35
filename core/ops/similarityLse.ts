import { op } from "../op.ts";
import { fits, size } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { eighths } from "./draw.ts";
import { logSumKeys } from "./similarity.ts";
import { similarityLseGrad } from "./similarityLseGrad.ts";

/**
 * How much each query resembles all keys, in one number: lse[i] = log sum over j of exp(q[i] . k[j] / temperature).
 *
 *     q [N, D], k [K, D] -> lse [N]
 *
 * Only queries learn. Kernels never hold the N x K similarities: keys pass by with a running maximum, so rows need not be
 * of unit length.
 */
export const similarityLse = op<[q: Tensor, k: Tensor], { temperature: number }>({
  name: "similarityLse",

  shape([q, k]) {
    const rows = q.length === 2 && k.length === 2 && q[1] === k[1];
    fits(rows, "similarityLse", "queries and keys must be matrices with rows of one length", q, k);
    return [q[0]];
  },

  params: ([[N, D], [K]]) => ({ N, K, D }),
  floats: ({ temperature }) => ({ temperature }),
  reference: ([q, k], lse, { D, temperature }) => lse.set(logSumKeys(q, k, { D, temperature })),
  grad: (dy, lse, [q, k], { temperature }) => [similarityLseGrad(q, k, lse, dy, { temperature }), null],

  draw: [
    (uniform, shape) => eighths(uniform, size(shape)),
    (uniform, shape) => eighths(uniform, size(shape)),
  ],
  examples: [
    [
      [
        [4, 3],
        [5, 3],
      ],
      { temperature: 0.5 },
    ],
    [
      [
        [1, 1],
        [1, 1],
      ],
      { temperature: 1 },
    ], // the smallest
    [
      [
        [37, 19],
        [101, 19],
      ],
      { temperature: 0.1 },
    ],
    [
      [
        [74, 37],
        [50, 37],
      ],
      { temperature: 1 / 64 },
    ], // similarities of hundreds: the maximum must be subtracted
    [
      [
        [130, 128],
        [7, 128],
      ],
      { temperature: 0.5 },
    ],
    [
      [
        [128, 128],
        [1024, 128],
      ],
      { temperature: 5 },
    ],
  ],
});
