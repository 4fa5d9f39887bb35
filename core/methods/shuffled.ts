import { takeRows } from "../ops/index.ts";
import { stream } from "../random.ts";
import type { Tensor } from "../tensor.ts";
import type { Moment, PerStep } from "./method.ts";

/**
 * f of a batch whose rows are in another order: y[n] = f(x in that order), put back.
 *
 *     x [N, ...]; order, inverse u32 [N] (see `shuffles`) -> y [N, ...]
 *
 * A query and its key then share no normalisation group but by chance, whose statistics would tell them apart from all
 * others: ShuffleBN. Groups are the run's `norm.group`, and stand for the paper's devices.
 *
 * He et al. 2020, section 3.3. https://arxiv.org/abs/1911.05722
 */
export const shuffled = (
  x: Tensor,
  { order, inverse }: { order: Tensor; inverse: Tensor },
  f: (x: Tensor) => Tensor,
): Tensor => takeRows(f(takeRows(x, order)), inverse);

/** A permutation of a shard's rows for each step, and its inverse. Shards keep to themselves. */
export function shuffles(batch: number): { order: PerStep; inverse: PerStep } {
  const drawn = new Uint32Array(batch);

  /** Fisher and Yates, as Durstenfeld 1964 has it. */
  function draw({ seed, step, shard }: Moment): void {
    const random = stream(seed, "shuffle").at(step, shard);
    for (let i = 0; i < batch; i++) {
      const j = random.below(i + 1);
      drawn[i] = drawn[j];
      drawn[j] = i;
    }
  }

  return {
    order: {
      ...{ shape: [batch], dtype: "u32" },
      write(values, moment) {
        draw(moment);
        values.set(drawn);
      },
    },
    inverse: {
      ...{ shape: [batch], dtype: "u32" },
      write(values, moment) {
        draw(moment);
        for (const [i, from] of drawn.entries()) values[from] = i;
      },
    },
  };
}
