import { type Checkpoint, readCheckpoint } from "../core/train/checkpoint.ts";
import { configOf, type RunConfig } from "../core/train/config.ts";
import { UnknownMethod } from "../core/train/configError.ts";

/** A checkpoint and its run's config, by a path. Throws where the run's method is none of the package's: no command is given one. */
export async function readTrained(path: string): Promise<{ checkpoint: Checkpoint; config: RunConfig }> {
  const checkpoint = await readCheckpoint(path);
  try {
    return { checkpoint, config: configOf(checkpoint) };
  } catch (error) {
    const { message, cause } = error as Error;
    if (!(cause instanceof UnknownMethod)) throw error;
    const library = "configOf(checkpoint, method) and extractFeatures(..., { method })";
    throw new Error(`${message}; it can be measured through the library only: ${library}`, { cause });
  }
}
