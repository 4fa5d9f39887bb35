import { blockSquares, segmentSum, lars as update } from "../ops/index.ts";
import { part, type Tensor } from "../tensor.ts";
import { type Common, type Optimizer, optimizer } from "./optimizer.ts";

/**
 * Layer-wise adaptive rate scaling: each parameter's rate in proportion to its norm over its gradient's. See ops/lars.ts
 * for the formula and which of the published ones it is.
 *
 * Norms are sums over blocks of 64, then over each parameter's blocks, in an order that nothing but the shapes fixes.
 */
export const lars = ({
  momentum = 0.9,
  decay = 0,
  trust = 0.001, // eta; You et al. 2017
  ...common
}: Common & { momentum?: number; decay?: number; trust?: number } = {}): Optimizer =>
  optimizer(
    { momentum, decay, ...common },
    {
      slots: ["momentum"],
      row: (rate, { exclude, ...options }) => [rate, options.momentum, options.decay, exclude ? 0 : trust],
      update(arena, g, settings, owners) {
        const [segments] = settings.shape;
        const squared = (x: Tensor) => segmentSum(blockSquares(x), owners, { segments }); // [segments]
        return update(arena, g, settings, owners, squared(part(arena, 0, g.shape)), squared(g));
      },
    },
  );
