import { size } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { affine } from "./affine.ts";
import { type Axes, sum } from "./sum.ts";

/**
 * Mean over neighbouring axes, a sum and a division.
 *
 *     x [..., from axes, to ...] -> y without those axes
 */
export function mean(x: Tensor, axes: Axes = {}): Tensor {
  const y = sum(x, axes);
  return affine(y, { scale: size(y.shape) / size(x.shape) });
}
