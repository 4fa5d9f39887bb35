import { oneLine } from "../../oneLine.ts";
import type { Skipped } from "../source.ts";

const NAMED = 10; // of those that were skipped

/** Images of a data set that may be skipped: 1 %, one at least, but never all. */
export const mayBeSkipped = (total: number): number =>
  Math.min(total - 1, Math.max(1, Math.floor(total / 100)));

/** Throws where more of `total` images were skipped, naming the first ones; `found` says that there may be more. */
export function checkSkipped(skipped: readonly Skipped[], total: number, found = ""): void {
  if (skipped.length <= mayBeSkipped(total)) return;
  const named = skipped.slice(0, NAMED).map(({ name, reason }, i) => (i ? name : `${name} (${reason})`));
  const more = skipped.length > NAMED ? ", ..." : "";
  throw new Error(
    `data: more than 1 % of the ${total} images cannot be decoded, ${skipped.length} of them${found}: ` +
      `${oneLine(named.join(", "))}${more}; remove or repair them`,
  );
}
