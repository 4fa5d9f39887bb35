import { mean, ntXentRows } from "../ops/index.ts";
import type { Tensor } from "../tensor.ts";

/**
 * NT-Xent: -log softmax of each view's similarity to its partner, among all 2N - 1 others.
 *
 *     z [2N, D], rows of unit length, row i and row i + N (mod 2N) being views of one image -> scalar
 *
 * Chen et al. 2020, eq. 1. https://arxiv.org/abs/2002.05709
 */
export function ntXent(z: Tensor, { temperature }: { temperature: number }): Tensor {
  return mean(ntXentRows(z, { temperature }));
}
