import type { CheckpointTensor } from "./checkpoint.ts";

/** PyTorch's: https://docs.pytorch.org/docs/stable/amp.html#torch.amp.GradScaler */
const FIRST = 2 ** 16;
const INTERVAL = 2000;
/** Where gradients are zeros nothing overflows; this keeps the scale a number. */
const MOST = 2 ** 32;

const KEY = "precision.loss_scale";

/**
 * What a loss is multiplied by, so that small gradients are no zeros in f16. It is halved where gradients overflow, which
 * are then not applied, and doubled after 2000 steps without.
 *
 * Micikevicius et al. 2018, section 3.2. https://arxiv.org/abs/1710.03740
 */
export interface LossScale {
  readonly value: number;
  /** Steps whose gradients were not applied. */
  readonly skipped: number;
  /** To be told after each step. Throws where gradients overflow at a scale of 1. */
  update(overflowed: boolean): void;
  /** Its state, by its name in a checkpoint. */
  save(): [name: string, tensor: CheckpointTensor];
}

/** At the beginning of a run, or as a checkpoint has it. */
export function createLossScale(from?: ReadonlyMap<string, CheckpointTensor>): LossScale {
  let [value, good, skipped = 0] = from?.get(KEY)?.data ?? [FIRST, 0];
  return {
    get value() {
      return value;
    },
    get skipped() {
      return skipped;
    },
    update(overflowed) {
      if (overflowed && value <= 1)
        throw new Error(
          "pretrain: gradients overflow f16 even where the loss is not scaled; use --precision f32",
        );
      good = overflowed ? 0 : good + 1;
      if (overflowed) {
        value /= 2;
        skipped++;
      }
      if (good < INTERVAL) return;
      value = Math.min(2 * value, MOST);
      good = 0;
    },
    save: () => [KEY, { dtype: "f32", shape: [3], data: Float32Array.of(value, good, skipped) }],
  };
}
