import { add, affine, matmul, mean, softmaxCrossEntropy } from "../ops/index.ts";
import type { Tensor } from "../tensor.ts";

/**
 * NT-Xent as its definition reads, with all similarities in memory: what `ntXent` must equal.
 *
 *     z [2N, D], rows of unit length; itself [2N, 2N]: -1e9 on the diagonal, else 0;
 *     partner u32 [2N]: (i + N) mod 2N -> scalar
 *
 * Chen et al. 2020, eq. 1. https://arxiv.org/abs/2002.05709
 */
export function ntXentComposed(
  z: Tensor,
  itself: Tensor,
  partner: Tensor,
  { temperature }: { temperature: number },
): Tensor {
  const similarity = affine(matmul(z, z, { tb: true }), { scale: 1 / temperature }); // [2N, 2N]
  return mean(softmaxCrossEntropy(add(similarity, itself), partner));
}
