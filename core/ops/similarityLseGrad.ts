import { op } from "../op.ts";
import { fits, size } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { eighths } from "./draw.ts";
import { logSumKeys, similarity } from "./similarity.ts";

/**
 * Gradient of similarityLse with respect to the queries; it takes the output lse so that no softmax is stored:
 *
 *     dq[i] = dy[i] / temperature * sum over j of exp(q[i] . k[j] / temperature - lse[i]) k[j]
 *
 *     q [N, D], k [K, D], lse [N], dy [N] -> dq [N, D]
 */
export const similarityLseGrad = op<[q: Tensor, k: Tensor, lse: Tensor, dy: Tensor], { temperature: number }>(
  {
    name: "similarityLseGrad",

    shape([q, k, lse, dy]) {
      const rows = q.length === 2 && k.length === 2 && q[1] === k[1];
      fits(rows, "similarityLseGrad", "queries and keys must be matrices with rows of one length", q, k);
      for (const row of [lse, dy])
        fits(row.length === 1 && row[0] === q[0], "similarityLseGrad", "one number a query", q, row);
      return q;
    },

    params: ([[N, D], [K]]) => ({ N, K, D }),
    floats: ({ temperature }) => ({ temperature }),

    reference([q, k, lse, dy], dq, { N, K, D, temperature }) {
      dq.fill(0);
      for (let i = 0; i < N; i++)
        for (let j = 0; j < K; j++) {
          const weight = Math.exp(similarity(q, i, k, j, { D, temperature }) - lse[i]) * dy[i];
          for (let d = 0; d < D; d++) dq[i * D + d] += (weight * k[j * D + d]) / temperature;
        }
    },

    derived: [2],
    draw: [
      (uniform, shape) => eighths(uniform, size(shape)),
      (uniform, shape) => eighths(uniform, size(shape)),
      (_uniform, [N], [q, k], { temperature }) => logSumKeys(q, k, { D: q.length / N, temperature }),
    ],
    examples: [
      [[[4, 3], [5, 3], [4], [4]], { temperature: 0.5 }],
      [[[1, 1], [1, 1], [1], [1]], { temperature: 1 }], // the smallest
      [[[37, 19], [101, 19], [37], [37]], { temperature: 0.1 }],
      [[[74, 37], [50, 37], [74], [74]], { temperature: 1 / 64 }], // similarities of hundreds
      [[[50, 300], [33, 300], [50], [50]], { temperature: 1 }], // rows longer than a workgroup's share
      [[[128, 128], [512, 128], [128], [128]], { temperature: 5 }],
    ],
  },
);
