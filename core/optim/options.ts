import type { Tensor } from "../tensor.ts";

/** What one parameter is updated with, besides what an optimizer does to all. */
export interface Options {
  /** Its rate, as a multiple of the run's. */
  readonly rateMult: number;
  readonly momentum: number;
  readonly decay: number;
  /** Left out of LARS's scaling: its rate is the run's. */
  readonly exclude: boolean;
}

/** Options for the parameters that `match` and `rank` select, both where both are given. What is left out stays as it is. */
export interface Rule {
  /** A regular expression that is searched for in the parameter's name in the checkpoint. */
  readonly match?: string;
  /**
   * The number of axes. Rank 1 are biases and the scales and shifts of normalisation layers, whatever they are called:
   * the shortcut's `downsample.1.weight` too, which OpenSelfSup's patterns of names miss.
   */
  readonly rank?: number;
  /** The rate itself, or a multiple of the optimizer's; a later rule's overrides either. */
  readonly rate?: number;
  readonly rateMult?: number;
  readonly momentum?: number;
  /** The decay itself, or a multiple of the optimizer's. */
  readonly decay?: number;
  readonly decayMult?: number;
  readonly exclude?: boolean;
}

/** What rules start from: the optimizer's own rate (that of which rateMult is a multiple), momentum and decay. */
export interface Base {
  readonly rate?: number;
  readonly momentum: number;
  readonly decay: number;
}

/** The options of a parameter that no rule selects. */
export const withoutRules = ({ momentum, decay }: Base): Options => ({
  ...{ rateMult: 1, momentum, decay },
  exclude: false,
});

/**
 * The options of each parameter, in the order given: the base's, changed by every rule that selects the parameter, later
 * rules last.
 *
 * Throws RangeError for a rule that selects no parameter, since it is misspelt, and for a rate where the base has none.
 */
export function optionsOf(
  parameters: Iterable<readonly [path: string, parameter: Tensor]>,
  rules: readonly Rule[],
  base: Base,
): Options[] {
  const named = [...parameters];
  const selections = rules.map((rule) => new Set(named.filter(([path, x]) => selects(rule, path, x))));
  selections.forEach((selected, i) => {
    if (!selected.size)
      refuse(rules[i], i, `no parameter; there is ${named.map(([path]) => path).join(", ")}`);
  });
  const start = withoutRules(base);
  return named.map((parameter) =>
    rules
      .filter((_, i) => selections[i].has(parameter))
      .reduce((options, rule) => changed(options, rule, base), start),
  );
}

const selects = ({ match, rank }: Rule, path: string, { shape }: Tensor): boolean =>
  (match === undefined || new RegExp(match).test(path)) && (rank === undefined || shape.length === rank);

function changed(options: Options, rule: Rule, base: Base): Options {
  const { rate, rateMult, momentum, decay, decayMult, exclude } = rule;
  if (rate !== undefined && !base.rate)
    throw new RangeError(`optimizer: a parameter's rate of ${rate} needs a rate above 0 to be a multiple of`);
  return {
    rateMult: rateMult ?? (rate === undefined ? options.rateMult : rate / base.rate!),
    momentum: momentum ?? options.momentum,
    decay: decay ?? (decayMult === undefined ? options.decay : decayMult * base.decay),
    exclude: exclude ?? options.exclude,
  };
}

function refuse({ match, rank }: Rule, i: number, what: string): never {
  const selection = [match && `/${match}/`, rank !== undefined && `rank ${rank}`]
    .filter(Boolean)
    .join(" and ");
  throw new RangeError(`optimizer: parameters.${i}: ${selection || "nothing"} selects ${what}`);
}
