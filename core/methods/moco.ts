import { z } from "zod";
import { scheduled, setting } from "./method.ts";
import { shuffles } from "./shuffled.ts";

/** Settings of all versions of MoCo. He et al. 2020. https://arxiv.org/abs/1911.05722 */
export const mocoConfig = {
  momentum: setting(
    z.number().min(0).max(1).default(0.999),
    "How much of itself the network of keys keeps at each step.",
    "m; He et al. 2020, section 3.2. https://arxiv.org/abs/1911.05722",
  ),
  queue: setting(
    z.int().positive().default(65536),
    "Keys of past batches that are the negatives.",
    "K; He et al. 2020, section 4. https://arxiv.org/abs/1911.05722",
  ),
};

/** A queue that holds keys of the very images that it is to tell a query from. */
export const mocoWarnings = ({ queue }: { queue: number }, { samples }: { samples: number }): string[] =>
  queue > samples / 2
    ? [
        `${queue} keys of ${samples} images: many are of the query's own image; set method.queue to less than half as many`,
      ]
    : [];

/** Numbers of an embedding. */
export const outputs = setting(
  z.int().positive().default(128),
  "Numbers of an embedding.",
  "He et al. 2020, section 3.3. https://arxiv.org/abs/1911.05722",
);

/** The order in which keys are computed, the target's momentum, and where a step's `pushed` keys go in the queue. */
export const mocoSchedules = (
  { momentum, queue }: { momentum: number; queue: number },
  batch: number,
  pushed = batch,
) => ({
  ...shuffles(batch),
  momentum: scheduled(() => momentum),
  position: scheduled(({ step, shards }) => (step * shards * pushed) % queue, "u32"),
});
