import type { Skipped } from "../source.ts";

/** Images of a data set that may be skipped: 1 %. */
export const mayBeSkipped = (total: number): number => Math.floor(total / 100);

/** Throws where more than 1 % of `total` images were skipped, naming the first. */
export function checkSkipped(skipped: readonly Skipped[], total: number): void {
  if (skipped.length <= mayBeSkipped(total)) return;
  const [{ name, reason }] = skipped;
  throw new Error(
    `data: more than 1 % of the ${total} images cannot be decoded; the first is ${name} (${reason}); remove or repair them`,
  );
}
