import { affine, mean, mul, similarityLse, slice, sub, sum } from "../ops/index.ts";
import type { Tensor } from "../tensor.ts";

/**
 * NT-Xent: -log softmax of each view's similarity to its partner, among all 2N - 1 others.
 *
 *     z [2N, D], rows of unit length, row i and row i + N (mod 2N) being views of one image -> scalar
 *
 * Chen et al. 2020, eq. 1. https://arxiv.org/abs/2002.05709
 */
export function ntXent(z: Tensor, { temperature }: { temperature: number }): Tensor {
  const N = z.shape[0] / 2;
  const [z1, z2] = [slice(z, { start: 0, count: N }), slice(z, { start: N, count: N })];
  const positive = affine(sum(mul(z1, z2), { from: 1 }), { scale: 1 / temperature }); // [N], of either view
  return sub(mean(similarityLse(z, { temperature })), mean(positive));
}
