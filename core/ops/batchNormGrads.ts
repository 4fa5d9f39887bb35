import { reshape, type Tensor } from "../tensor.ts";
import { batchNormGradSums } from "./batchNormGradSums.ts";
import { batchNormInputGrad } from "./batchNormInputGrad.ts";
import type { Normalisation } from "./normalisation.ts";
import { slice } from "./slice.ts";
import { sum } from "./sum.ts";

/** The gradients of `batchNorm` with respect to its input, gamma and beta. */
export function batchNormGrads(
  x: Tensor,
  moments: Tensor,
  gamma: Tensor,
  beta: Tensor,
  dy: Tensor,
  attributes: Normalisation,
): { dx: Tensor; dgamma: Tensor; dbeta: Tensor } {
  const sums = sum(batchNormGradSums(x, moments, gamma, beta, dy, attributes), { from: 1, to: 2 }); // [groups, 2, C]
  const total = sum(sums, { from: 0, to: 1 }); // [2, C]
  const row = (start: number) => reshape(slice(total, { start, count: 1 }), gamma.shape);
  return {
    dx: batchNormInputGrad(x, moments, gamma, beta, dy, sums, attributes),
    dgamma: row(1),
    dbeta: row(0),
  };
}
