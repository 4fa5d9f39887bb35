import type { Tensor } from "../tensor.ts";
import { type Base, type Options, optionsOf, type Rule, withoutRules } from "./options.ts";

/**
 * An update rule over the arena of all parameters: row 0 holds them, the further rows, named by `slots`, what the rule
 * remembers of each.
 */
export interface Optimizer {
  readonly slots: readonly string[];
  /** The largest norm of all gradients together; longer ones are scaled down to it (ops/clipNorm.ts). */
  readonly clip?: number;
  /** Each parameter's options. Throws RangeError for a rule that selects none. */
  options(parameters: Iterable<readonly [path: string, parameter: Tensor]>): readonly Options[];
  /**
   * What changes from step to step: numbers that `update` receives as a tensor [parameters, fields].
   * `rate` is the run's at this step, `step` counts updates from 0; `options` are those of one parameter without rules if none are given.
   */
  settings(rate: number, step?: number, options?: readonly Options[]): Float32Array;
  /** The arena [1 + slots, P] after a step on gradients g [P]; owners u32 [P / 64] as in ops/owners.ts. */
  update(arena: Tensor, g: Tensor, settings: Tensor, owners: Tensor): Tensor;
}

/** What every optimizer takes beside its own numbers. */
export interface Common {
  /** The rate of which rules' own rates are multiples; needed only for those. */
  rate?: number;
  rules?: readonly Rule[];
  clip?: number;
}

/** An optimizer of its slots, its rule, and the row of settings of a parameter whose rate is `rate` at step `step`. */
export function optimizer(
  { rules = [], clip, ...base }: Base & Common,
  parts: {
    slots: readonly string[];
    row(rate: number, options: Options, step: number): readonly number[];
    update: Optimizer["update"];
  },
): Optimizer {
  return {
    ...{ slots: parts.slots, clip, update: parts.update },
    options: (parameters) => optionsOf(parameters, rules, base),
    settings: (rate, step = 0, options = [withoutRules(base)]) =>
      Float32Array.from(options.flatMap((each) => parts.row(rate * each.rateMult, each, step))),
  };
}
