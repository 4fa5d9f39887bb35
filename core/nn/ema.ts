import * as ops from "../ops/index.ts";
import type { Assignment } from "../program.ts";
import { leaves, type Tensor, type Tree } from "../tensor.ts";

/** Running statistics follow the batches that their own network sees. */
const isStatistic = (path: string): boolean => path.endsWith("running");

/**
 * Exponential moving average of parameters: target <- momentum target + (1 - momentum) online.
 *
 *     target, online: trees with the same paths; momentum [1]
 *
 * Parameters only: a target network keeps statistics of its own, as in the authors' code of MoCo and BYOL.
 * Throws where the online tree lacks a path of the target's.
 */
export function ema(target: Tree, online: Tree, momentum: Tensor): Assignment[] {
  const values = new Map(leaves(online));
  return [...leaves(target)].flatMap(([path, leaf]) => {
    if (isStatistic(path)) return [];
    const value = values.get(path);
    if (!value) throw new Error(`ema: the online network has no ${path}`);
    return [{ target: leaf, value: ops.ema(leaf, value, momentum) }];
  });
}
