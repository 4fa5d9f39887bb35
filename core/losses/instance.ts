import { log } from "../math.ts";
import { add, affine, logSumExp, mean, softplus, sub, sum } from "../ops/index.ts";
import { reshape, type Tensor } from "../tensor.ts";

/** Similarities over the temperature: of each image to its own row of the bank [N], and to other rows [N, K]. */
export interface Similarities {
  positive: Tensor;
  negatives: Tensor;
}

/**
 * Cross entropy of the own row among the negatives: mean over n of -log softmax(positive[n], negatives[n])[0].
 *
 * OpenSelfSup's form of instance discrimination, in place of the paper's.
 */
export const instanceSoftmax = ({ positive, negatives }: Similarities): Tensor =>
  mean(softplus(sub(logSumExp(negatives), positive)));

/**
 * Noise-contrastive estimation: -log h(own) - sum over k of log(1 - h(negative k)), the mean over images, where
 * h = P / (P + K / samples), P = exp(similarity) / Z.
 *
 *     logZ [1] -> scalar
 *
 * Wu et al. 2018, eq. 6 and 7. https://arxiv.org/abs/1805.01978
 */
export function instanceNce(
  { positive, negatives }: Similarities,
  logZ: Tensor,
  { samples }: { samples: number },
): Tensor {
  const odds = affine(logZ, { shift: log(negatives.shape[1] / samples) }); // of the noise, [1]
  const own = softplus(sub(odds, positive)); //                               [N]
  const others = sum(softplus(sub(negatives, odds)), { from: 1 }); //         [N]
  return mean(add(own, others));
}

/**
 * log Z, which the paper takes for a constant: of the mean of exp(similarity) over negatives, times all samples. [N, K] -> [1]
 *
 * Wu et al. 2018, eq. 8. https://arxiv.org/abs/1805.01978
 */
export function estimatedLogZ(negatives: Tensor, { samples }: { samples: number }): Tensor {
  const [N, K] = negatives.shape;
  const rows = logSumExp(negatives); // [N]; of all at once, N * K numbers would be one workgroup's
  return affine(logSumExp(reshape(rows, [1, N])), { shift: log(samples / (N * K)) });
}
