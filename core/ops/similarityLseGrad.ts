import { op } from "../op.ts";
import { fits, size } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { eighths } from "./draw.ts";
import { logSumExpSimilarities, similarity } from "./similarity.ts";

/**
 * Gradient of similarityLse, whose output lse it takes so that no softmax is stored. With s[i, j] = z[i] . z[j] / temperature:
 *
 *     dz[i] = 1 / temperature * sum over j != i of (exp(s[i, j] - lse[i]) dy[i] + exp(s[i, j] - lse[j]) dy[j]) z[j]
 *
 *     z [M, D], lse [M], dy [M] -> dz [M, D]
 *
 * The similarities are symmetric, so each row is the sum of what one pass over all others finds.
 */
export const similarityLseGrad = op<[z: Tensor, lse: Tensor, dy: Tensor], { temperature: number }>({
  name: "similarityLseGrad",

  shape([z, lse, dy]) {
    fits(z.length === 2 && z[0] >= 2, "similarityLseGrad", "z must be a matrix of two rows or more", z);
    for (const row of [lse, dy])
      fits(row.length === 1 && row[0] === z[0], "similarityLseGrad", "one number a row", z, row);
    return z;
  },

  params: ([[M, D]]) => ({ M, D }),
  floats: ({ temperature }) => ({ temperature }),

  reference([z, lse, dy], dz, { M, D, temperature }) {
    dz.fill(0);
    for (let i = 0; i < M; i++)
      for (let j = 0; j < M; j++) {
        if (j === i) continue;
        const s = similarity(z, i, j, D, temperature);
        const weight = Math.exp(s - lse[i]) * dy[i] + Math.exp(s - lse[j]) * dy[j];
        for (let d = 0; d < D; d++) dz[i * D + d] += (weight * z[j * D + d]) / temperature;
      }
  },

  derived: [1],
  draw: [
    (uniform, shape) => eighths(uniform, size(shape)),
    (_uniform, [M], [z], { temperature }) => logSumExpSimilarities(z, z.length / M, temperature),
  ],
  examples: [
    [[[4, 3], [4], [4]], { temperature: 0.5 }],
    [[[2, 1], [2], [2]], { temperature: 1 }], // the smallest
    [[[37, 19], [37], [37]], { temperature: 0.1 }],
    [[[74, 37], [74], [74]], { temperature: 1 / 64 }], // similarities of hundreds
    [[[50, 300], [50], [50]], { temperature: 1 }], // rows longer than a workgroup's share
    [[[256, 128], [256], [256]], { temperature: 5 }],
  ],
});
