import { detach } from "../autograd.ts";
import { affine, mean, mul, similarityLse, softplus, sub, sum } from "../ops/index.ts";
import type { Tensor } from "../tensor.ts";

/**
 * InfoNCE: -log softmax of each query's similarity to its key, among all those in the queue.
 *
 *     q, k [N, D], queue [K, D], rows of unit length -> scalar
 *
 * Only queries learn. The N x K similarities to the queue are never in memory: with s+ a query's similarity to its key, the
 * loss is softplus(logsumexp over the queue - s+).
 *
 * He et al. 2020, eq. 1. https://arxiv.org/abs/1911.05722
 */
export function infoNce(
  q: Tensor,
  k: Tensor,
  queue: Tensor,
  { temperature }: { temperature: number },
): Tensor {
  const positive = affine(sum(mul(q, detach(k)), { from: 1 }), { scale: 1 / temperature }); // [N]
  const negatives = similarityLse(q, detach(queue), { temperature }); // [N]
  return mean(softplus(sub(negatives, positive)));
}
