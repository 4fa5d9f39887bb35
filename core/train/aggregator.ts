import type { Backend } from "../backend.ts";
import type { Memory } from "../memory.ts";
import { add } from "../ops/index.ts";
import { type Assignment, compile } from "../program.ts";
import { state, type Tensor } from "../tensor.ts";

/**
 * The seam between computing gradients and applying them: the only place that knows where a batch's shards are computed.
 * `reduce` is called once a shard, with the shard's vector in place; after the last one the vector on the device is the
 * sum over all shards of the round, added up in a fixed binary tree over their indices.
 */
export interface Aggregator {
  reduce(round: number, shard: number): Promise<void>;
  free(): void;
}

/**
 * All shards on this device, one after another: the vector never leaves it.
 *
 * Partial sums of 1, 2, 4, ... shards wait in levels, as the bits of a binary counter do, so that what is added to what
 * depends on the number of shards alone. `shards` is a power of two.
 */
export async function localAggregator(
  backend: Backend,
  memory: Memory,
  vector: Tensor,
  shards: number,
): Promise<Aggregator> {
  const levels = Array.from({ length: Math.log2(shards) }, () => state(vector.shape));
  const keep = levels.map((level): Assignment[] => [{ target: level, value: vector }]);
  const merge = levels.map((level): Assignment[] => [{ target: vector, value: add(level, vector) }]);
  const program = await compile(backend, memory, [...keep, ...merge]);
  return {
    async reduce(_round, shard) {
      let level = 0;
      for (; (shard >> level) & 1; level++) await program.run(levels.length + level);
      if (shard + 1 < shards) await program.run(level);
    },
    free: () => program.free(),
  };
}
