import { op } from "../op.ts";
import { fits, size } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { add } from "./add.ts";
import { eighths } from "./draw.ts";
import { ntXentRowsGrad } from "./ntXentRowsGrad.ts";
import { partnerSimilarity } from "./partnerSimilarity.ts";
import { logSumOthers, partner, similarity } from "./similarity.ts";

/**
 * NT-Xent of each row: y[i] = log sum over j != i of exp(s[i, j]) - s[i, partner of i].
 *
 *     s[i, j] = z[i] . z[j] / temperature; the partner of row i is row (i + N) mod 2N
 *     z [2N, D] -> y [2N]
 *
 * Kernels never hold the 2N x 2N similarities: tiles pass by with a running maximum, so rows need not be of unit length.
 */
export const ntXentRows = op<[z: Tensor], { temperature: number }>({
  name: "ntXentRows",

  shape([z]) {
    fits(z.length === 2 && z[0] >= 2 && z[0] % 2 === 0, "ntXentRows", "rows must be pairs", z);
    return [z[0]];
  },

  params: ([[M, D]]) => ({ M, D }),
  floats: ({ temperature }) => ({ temperature }),

  reference([z], y, { M, D, temperature }) {
    const lse = logSumOthers(z, { D, temperature });
    for (let i = 0; i < M; i++) y[i] = lse[i] - similarity(z, i, z, partner(i, M), { D, temperature });
  },

  grad: (dy, y, [z], { temperature }) => [
    ntXentRowsGrad(z, add(y, partnerSimilarity(z, { temperature })), dy, { temperature }),
  ],

  draw: [(uniform, shape) => eighths(uniform, size(shape))],
  examples: [
    [[[4, 3]], { temperature: 0.5 }],
    [[[2, 1]], { temperature: 1 }], // the smallest
    [[[38, 19]], { temperature: 0.1 }],
    [[[74, 37]], { temperature: 1 / 64 }], // similarities of hundreds: the maximum must be subtracted
    [[[130, 128]], { temperature: 0.5 }],
    [[[248, 40]], { temperature: 1 }],
    [[[512, 128]], { temperature: 5 }],
  ],
});
