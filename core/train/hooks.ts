import type { Host, Method } from "../methods/index.ts";
import type { Batches } from "./batches.ts";

/** What a method does on the host around its steps. */
export interface Hooks {
  /** Whether it is settled which images a step shows: by some methods not before its epoch has begun. */
  known(step: number): boolean;
  /** Before the batch of a step is drawn: begins an epoch, and arranges it. */
  before(step: number): Promise<void>;
  /** When so many steps are done. */
  after(steps: number): Promise<void>;
}

export function createHooks(method: Method, about: Omit<Host, "step">, batches: Batches): Hooks {
  const at = (step: number): Host => ({ ...about, step });
  const every = method.afterStep?.every(about.config);
  const epochOf = (step: number) => Math.floor(step / about.perEpoch);
  let arranged = -1; // the epoch whose order is set
  return {
    known: (step) => !method.sampler || arranged === epochOf(step),
    async before(step) {
      const epoch = epochOf(step);
      if (step % about.perEpoch === 0) await method.beforeEpoch?.(at(step));
      if (!method.sampler || arranged === epoch) return; // resumed inside of an epoch, it is arranged there
      batches.arrange(epoch, await method.sampler(at(step)));
      arranged = epoch;
    },
    async after(steps) {
      if (every && steps % every === 0) await method.afterStep?.run(at(steps));
    },
  };
}
