import type { Checkpoint } from "./checkpoint.ts";
import type { Metrics, Training } from "./training.ts";

/** Steps before a collapse can be told: at first all embeddings are near each other. */
const FIRST = 200;
/** Of the loss: how near it is to its value when all embeddings are one. */
const NEAR = 0.01;
/** Of 1 / sqrt(D), the standard deviation of embeddings that are spread out. */
const NARROW = 0.1;

/**
 * What has gone wrong in these steps, in words: a loss that is no number, or a collapse, which takes both a loss at the
 * value that it has when all embeddings are one, and embeddings that nearly are. Either alone is no alarm: a loss may
 * start there, and be there in the end, as that of BYOL and SimSiam is.
 */
export function alarm(rows: readonly Metrics[], collapse: Training["collapse"]): string | undefined {
  for (const row of rows) {
    if (!Number.isFinite(row.loss))
      return `the loss is ${row.loss} at step ${row.step}; ${REMEDY}; the last checkpoint is from before`;
    if (!collapse || !hasCollapsed(row, collapse)) continue;
    return (
      `collapse at step ${row.step}: the loss ${row.loss.toPrecision(5)} is within 1 % of ` +
      `${collapse.loss.toPrecision(5)}, its value when all embeddings are one, and their standard deviation ` +
      `${row.std.toExponential(1)} is below a tenth of 1 / sqrt(${collapse.dimension}); try a lower optimizer.rate ` +
      "or optimizer.decay, or another method.temperature where the method has one; --no-alarms goes on"
    );
  }
  return undefined;
}

const REMEDY = "begin anew with a lower optimizer.rate, with schedule.warmup or with optimizer.clip";

function hasCollapsed(
  { step, loss, std }: Metrics,
  { loss: constant, dimension }: { loss: number; dimension: number },
): boolean {
  if (step + 1 < FIRST || std === undefined) return false;
  const near = Math.abs(loss - constant) <= NEAR * (Math.abs(constant) || 1);
  return near && std < NARROW / Math.sqrt(dimension);
}

/** What is wrong with state that is to be saved, in words: a tensor that holds an infinity or what is no number. */
export function unsound(tensors: Checkpoint["tensors"]): string | undefined {
  for (const [name, { dtype, data }] of tensors)
    if (dtype === "f32" && !data.every(Number.isFinite))
      return `${name} holds what is no finite number; ${REMEDY}; the last checkpoint is from before`;
  return undefined;
}
