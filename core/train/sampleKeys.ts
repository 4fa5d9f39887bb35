import type { PerStep } from "../methods/index.ts";
import { stream } from "../random.ts";

/**
 * Keys of a shard's samples, for what is drawn on the device: u32 [batch, 2].
 *
 * A sample's is a function of the seed, the epoch and its position there: not of the shard that holds it, nor of where
 * the run was resumed.
 */
export const sampleKeys = (batch: number): PerStep => ({
  shape: [batch, 2],
  dtype: "u32",
  write(values, { seed, step, perEpoch, shard, shards }) {
    const random = stream(seed, "dropout", Math.floor(step / perEpoch));
    const first = ((step % perEpoch) * shards + shard) * batch;
    for (let i = 0; i < batch; i++) {
      random.at(first + i);
      values[2 * i] = random.u32();
      values[2 * i + 1] = random.u32();
    }
  },
});
