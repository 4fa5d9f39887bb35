import { putRows } from "../ops/index.ts";
import type { Assignment } from "../program.ts";
import { state, type Tensor } from "../tensor.ts";
import { unitRows } from "./init.ts";

/**
 * The newest keys of past batches, as negatives for the next: rows [K, D], at first of unit length at random.
 *
 * He et al. 2020, section 3.2. https://arxiv.org/abs/1911.05722
 */
export const queue = (keys: number, dimension: number): Tensor =>
  state([keys, dimension], unitRows(dimension));

/**
 * The newest keys [N, D] take the place of the oldest, from `position` u32 [1] on; behind the end comes the beginning.
 * Throws where there are more than the queue holds.
 */
export function push(queue: Tensor, keys: Tensor, position: Tensor): Assignment {
  const [held, given] = [queue.shape[0], keys.shape[0]];
  if (given > held)
    throw new RangeError(
      `queue: a step adds ${given} keys to a queue of ${held}; lower --batch-size, or take --set method.queue=${given}`,
    );
  return { target: queue, value: putRows(queue, keys, position) };
}
