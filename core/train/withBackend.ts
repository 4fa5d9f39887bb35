import type { Backend } from "../backend.ts";

export interface LossOptions {
  /** Devices that may be lost before it gives up. */
  losses?: number;
  /** After each loss that another device follows. */
  onLoss?(error: Error, lost: number): void;
}

/**
 * Runs something on a backend, which is closed at the end. Where the device is lost meanwhile, as GPUs are when their driver is
 * reset, it is run again on another one: `again` says that there may be something to go on from.
 *
 * Rejects as `run` does for other reasons, where `open` does, and at the loss after the last that is allowed.
 */
export async function withBackend<T>(
  open: () => Promise<Backend>,
  run: (backend: Backend, again: boolean) => Promise<T>,
  { losses = 3, onLoss }: LossOptions = {},
): Promise<T> {
  for (let lost = 0; ; lost++) {
    const backend = await open();
    try {
      return await run(backend, lost > 0);
    } catch (error) {
      if (!backend.isLost()) throw error;
      if (lost === losses)
        throw new Error(`${(error as Error).message}; so were ${lost} before it; go on later with --resume`, {
          cause: error,
        });
      onLoss?.(error as Error, lost + 1); // errors are Errors here
    } finally {
      await backend.close();
    }
  }
}
