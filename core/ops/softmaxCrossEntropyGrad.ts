import { op } from "../op.ts";
import { fits } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { integers } from "./draw.ts";

/**
 * Gradient of softmaxCrossEntropy: dlogits[n, c] = dy[n] * (softmax(logits[n])[c] - [c = labels[n]]).
 *
 *     logits [N, C], labels u32 [N], each below C, dy [N] -> dlogits [N, C]
 */
export const softmaxCrossEntropyGrad = op<[logits: Tensor, labels: Tensor, dy: Tensor]>({
  name: "softmaxCrossEntropyGrad",
  inputs: ["f32", "u32", "f32"],

  shape([logits, labels, dy]) {
    fits(logits.length === 2, "softmaxCrossEntropyGrad", "logits must be a matrix", logits);
    for (const row of [labels, dy])
      fits(row.length === 1 && row[0] === logits[0], "softmaxCrossEntropyGrad", "one a row", logits, row);
    return logits;
  },

  params: ([[N, C]]) => ({ N, C }),

  reference([logits, labels, dy], dlogits, { N, C }) {
    for (let n = 0; n < N; n++) {
      const row = logits.subarray(n * C, (n + 1) * C);
      const top = Math.max(...row);
      let sum = 0;
      for (const logit of row) sum += Math.exp(logit - top);
      for (let c = 0; c < C; c++)
        dlogits[n * C + c] = dy[n] * (Math.exp(row[c] - top) / sum - (c === labels[n] ? 1 : 0));
    }
  },

  draw: [
    (uniform, [N, C]) => Array.from({ length: N * C }, (_, i) => 3 * uniform() + (i < C ? 1000 : 0)),
    (uniform, [N], [logits]) => integers(uniform, N, logits.length / N),
  ],
  examples: [
    [[[2, 3], [2], [2]], {}],
    [[[1, 1], [1], [1]], {}], // the smallest
    [[[37, 10], [37], [37]], {}],
    [[[5, 1003], [5], [5]], {}],
    [[[130, 257], [130], [130]], {}],
  ],
});
