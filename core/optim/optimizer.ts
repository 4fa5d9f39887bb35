import type { Tensor } from "../tensor.ts";

/**
 * An update rule over the arena of all parameters: row 0 holds them, the further rows, named by `slots`, what the rule
 * remembers of each.
 */
export interface Optimizer {
  readonly slots: readonly string[];
  /** What changes from step to step: numbers that `update` receives as a tensor [numbers]. */
  settings(rate: number): Float32Array;
  /** The arena [1 + slots, P] after a step on gradients g [P]. */
  update(arena: Tensor, g: Tensor, settings: Tensor): Tensor;
}
