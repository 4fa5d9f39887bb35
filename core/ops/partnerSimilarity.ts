import { op } from "../op.ts";
import { fits, size } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { eighths } from "./draw.ts";
import { partner, similarity } from "./similarity.ts";

/**
 * How much two views of one image resemble each other: s[i] = z[i] . z[(i + N) mod 2N] / temperature.
 *
 *     z [2N, D] -> s [2N]
 */
export const partnerSimilarity = op<[z: Tensor], { temperature: number }>({
  name: "partnerSimilarity",

  shape([z]) {
    fits(z.length === 2 && z[0] >= 2 && z[0] % 2 === 0, "partnerSimilarity", "rows must be pairs", z);
    return [z[0]];
  },

  params: ([[M, D]]) => ({ M, D }),
  floats: ({ temperature }) => ({ temperature }),

  reference([z], s, { M, D, temperature }) {
    for (let i = 0; i < M; i++) s[i] = similarity(z, i, z, partner(i, M), { D, temperature });
  },

  draw: [(uniform, shape) => eighths(uniform, size(shape))],
  examples: [
    [[[4, 3]], { temperature: 0.5 }],
    [[[2, 1]], { temperature: 1 }], // the smallest
    [[[74, 37]], { temperature: 0.1 }],
    [[[512, 128]], { temperature: 0.5 }],
  ],
});
