import { op } from "../op.ts";
import { fits } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { integers } from "./draw.ts";
import { softmaxCrossEntropyGrad } from "./softmaxCrossEntropyGrad.ts";

/**
 * Cross entropy of the softmax, one loss a row: loss[n] = log sum over c of exp(logits[n, c]) - logits[n, labels[n]].
 *
 *     logits [N, C], labels u32 [N], each below C -> losses [N]
 */
export const softmaxCrossEntropy = op<[logits: Tensor, labels: Tensor]>({
  name: "softmaxCrossEntropy",
  inputs: ["f32", "u32"],

  shape([logits, labels]) {
    fits(logits.length === 2, "softmaxCrossEntropy", "logits must be a matrix", logits);
    const labelled = labels.length === 1 && labels[0] === logits[0];
    fits(labelled, "softmaxCrossEntropy", "one label a row", logits, labels);
    return labels;
  },

  params: ([[N, C]]) => ({ N, C }),

  reference([logits, labels], losses, { N, C }) {
    for (let n = 0; n < N; n++) {
      const row = logits.subarray(n * C, (n + 1) * C);
      const top = Math.max(...row);
      let sum = 0;
      for (const logit of row) sum += Math.exp(logit - top);
      losses[n] = Math.log(sum) + (top - row[labels[n]]);
    }
  },

  grad: (dy, _y, [logits, labels]) => [softmaxCrossEntropyGrad(logits, labels, dy), null],

  draw: [
    (uniform, [N, C]) => Array.from({ length: N * C }, (_, i) => 3 * uniform() + (i < C ? 1000 : 0)),
    (uniform, [N], [logits]) => integers(uniform, N, logits.length / N),
  ],
  examples: [
    [[[2, 3], [2]], {}],
    [[[1, 1], [1]], {}], // the smallest
    [[[37, 10], [37]], {}],
    [[[5, 1003], [5]], {}],
    [[[130, 257], [130]], {}],
  ],
});
