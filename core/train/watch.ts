import { type Progress, progressOf } from "../eval/embeddings.ts";
import type { Memory } from "../memory.ts";
import type { Trace } from "./trace.ts";

/** Steps between two looks at the embeddings; they are looked at once more when an epoch ends. */
const EVERY = 100;

/** Whether the embeddings are looked at after a step, counted from 0: a function of its number, so that resuming is exact. */
export const isWatched = (step: number, perEpoch: number): boolean =>
  (step + 1) % EVERY === 0 || (step + 1) % perEpoch === 0;

/** What the last step's embeddings tell; nothing where the method gives none. */
export async function watch(memory: Memory, { embeddings }: Trace): Promise<Progress | undefined> {
  if (!embeddings.length) return undefined;
  const views = [];
  for (const { target } of embeddings) {
    const [count, dimension] = target.shape;
    views.push({ values: await memory.read(target), count, dimension });
  }
  return progressOf(views);
}
