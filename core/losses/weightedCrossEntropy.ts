import { div, mul, softmaxCrossEntropy, sum, takeRows } from "../ops/index.ts";
import type { Tensor } from "../tensor.ts";

/**
 * Cross entropy of the softmax, the mean over rows by the weights w of their classes:
 *
 *     sum over n of w[labels[n]] loss[n] / sum over n of w[labels[n]]
 *
 *     logits [N, C], labels u32 [N], each below C, weights [C], above 0, which are not learned -> scalar
 *
 * Of a part of the batch it is the mean over that part: parts' losses do not add up to that of the whole.
 *
 * `weight` of https://docs.pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html
 */
export function weightedCrossEntropy(logits: Tensor, labels: Tensor, weights: Tensor): Tensor {
  const w = takeRows(weights, labels); // [N]
  return div(sum(mul(w, softmaxCrossEntropy(logits, labels))), sum(w));
}
