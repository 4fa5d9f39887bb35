import { op } from "../op.ts";
import { fits, size } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { eighths } from "./draw.ts";
import { logSumOthers, partner, similarity } from "./similarity.ts";

/**
 * Gradient of ntXentRows, given lse[i] = log sum over j != i of exp(s[i, j]), so that no softmax is stored. With p the partner of i:
 *
 *     dz[i] = 1 / temperature * (sum over j != i of w[i, j] z[j] - (dy[i] + dy[p]) z[p])
 *     w[i, j] = exp(s[i, j] - lse[i]) dy[i] + exp(s[i, j] - lse[j]) dy[j],  s[i, j] = z[i] . z[j] / temperature
 *
 *     z [M, D], lse [M], dy [M] -> dz [M, D]
 *
 * The weights are symmetric, so each row is the sum of what one pass over all others finds.
 */
export const ntXentRowsGrad = op<[z: Tensor, lse: Tensor, dy: Tensor], { temperature: number }>({
  name: "ntXentRowsGrad",

  shape([z, lse, dy]) {
    fits(z.length === 2 && z[0] >= 2 && z[0] % 2 === 0, "ntXentRowsGrad", "rows of z must be pairs", z);
    for (const row of [lse, dy])
      fits(row.length === 1 && row[0] === z[0], "ntXentRowsGrad", "one number a row", z, row);
    return z;
  },

  params: ([[M, D]]) => ({ M, D }),
  floats: ({ temperature }) => ({ temperature }),

  reference([z, lse, dy], dz, { M, D, temperature }) {
    dz.fill(0);
    for (let i = 0; i < M; i++) {
      const p = partner(i, M);
      for (let j = 0; j < M; j++) {
        if (j === i) continue;
        const s = similarity(z, i, z, j, { D, temperature });
        const weight = Math.exp(s - lse[i]) * dy[i] + Math.exp(s - lse[j]) * dy[j];
        for (let d = 0; d < D; d++) dz[i * D + d] += (weight * z[j * D + d]) / temperature;
      }
      for (let d = 0; d < D; d++) dz[i * D + d] -= ((dy[i] + dy[p]) * z[p * D + d]) / temperature;
    }
  },

  derived: [1],
  draw: [
    (uniform, shape) => eighths(uniform, size(shape)),
    (_uniform, [M], [z], { temperature }) => logSumOthers(z, { D: z.length / M, temperature }),
  ],
  examples: [
    [[[4, 3], [4], [4]], { temperature: 0.5 }],
    [[[2, 1], [2], [2]], { temperature: 1 }], // the smallest
    [[[38, 19], [38], [38]], { temperature: 0.1 }],
    [[[74, 37], [74], [74]], { temperature: 1 / 64 }], // similarities of hundreds
    [[[50, 300], [50], [50]], { temperature: 1 }], // rows longer than a workgroup's share
    [[[248, 40], [248], [248]], { temperature: 1 }],
    [[[256, 128], [256], [256]], { temperature: 5 }],
  ],
});
