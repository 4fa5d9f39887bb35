import { z } from "zod";
import {
  adamw,
  cosineTo,
  lars,
  multiStep,
  type Optimizer,
  type Rule,
  type Schedule,
  sgd,
  warmUp,
} from "../optim/index.ts";

const integer = z.int().positive();
const positive = z.number().positive();
const atLeast0 = z.number().nonnegative();
const share = z.number().min(0).max(1);
const beta = z.number().min(0).lt(1);

const pattern = z.string().refine(isPattern, "must be a regular expression");

function isPattern(text: string): boolean {
  try {
    return Boolean(new RegExp(text));
  } catch {
    return false;
  }
}

/** Options of the parameters that `match` (searched for in their names) and `rank` select: see optim/options.ts. */
const rule = z.strictObject({
  match: pattern.optional().describe("A regular expression that is searched for in a parameter's name."),
  rank: integer.optional().describe("The number of axes; 1 are biases and what normalisation layers learn."),
  rate: atLeast0.optional().describe("The rate of what is selected; or rateMult."),
  rateMult: atLeast0.optional().describe("That rate as a multiple of the optimizer's."),
  decay: atLeast0.optional().describe("The decay of what is selected; or decayMult."),
  decayMult: atLeast0.optional().describe("That decay as a multiple of the optimizer's."),
});
const rules = <T extends Rule>(type: z.ZodType<T>) =>
  z
    .array(
      type
        .refine(({ match, rank }) => match !== undefined || rank !== undefined, "needs match or rank")
        .refine(
          ({ rate, rateMult }) => rate === undefined || rateMult === undefined,
          "takes rate or rateMult",
        )
        .refine(
          ({ decay, decayMult }) => decay === undefined || decayMult === undefined,
          "takes decay or decayMult",
        ),
    )
    .optional()
    .describe("Rules for some parameters, selected by `match` and `rank`; later ones override earlier.");

const common = {
  rate: atLeast0.describe("Learning rate at a batch of `per` images; it is scaled with the batch."),
  per: integer.default(256).describe("The batch for which the rate is meant."),
  clip: positive
    .optional()
    .describe("The largest norm of all gradients together; none where nothing is said."),
};
const weightDecay = "Weight decay.";
const decay = atLeast0.default(0).describe(weightDecay);
const momentum = share.default(0.9).describe("How much of its velocity a parameter keeps at each step.");
const moving = rule.extend({ momentum: share.optional().describe("The momentum of what is selected.") });

/** The update rule of a run. A rule of `parameters` may override what stands before it; later ones override earlier. */
export const optimizerConfig = z.discriminatedUnion("name", [
  z.strictObject({
    name: z.literal("sgd").default("sgd"),
    ...{
      ...common,
      momentum,
      decay,
      nesterov: z.boolean().optional().describe("Nesterov's momentum."),
      parameters: rules(moving),
    },
  }),
  z.strictObject({
    name: z.literal("lars"),
    ...{ ...common, momentum, decay },
    trust: positive
      .default(0.001)
      .describe("LARS's eta: a layer's step relative to the norm of its weights."), // eta; You et al. 2017
    parameters: rules(
      moving.extend({
        exclude: z.boolean().optional().describe("Left out of LARS's scaling: stepped as SGD does."),
      }),
    ),
  }),
  z.strictObject({
    name: z.literal("adamw"),
    ...{
      ...common,
      beta1: beta.default(0.9).describe("How much the gradient's running mean keeps at each step."),
      beta2: beta.default(0.999).describe("The same of its square."),
      eps: positive.default(1e-8).describe("Added to the divisor."),
    }, // PyTorch's
    decay: atLeast0.default(0.01).describe(weightDecay), // PyTorch's
    parameters: rules(rule),
  }),
]);

const warmup = z
  .strictObject({
    epochs: atLeast0.optional().describe("How long the rate rises, in epochs; or steps."),
    steps: z.int().nonnegative().optional().describe("How long it rises, in steps."),
    start: share.default(0).describe("Share of the rate at the first step."),
  })
  .refine(({ epochs, steps }) => (epochs === undefined) !== (steps === undefined), "takes epochs or steps")
  .optional()
  .describe("The rate rises in a straight line first; not at all where nothing is said.");

const shaped = z.discriminatedUnion("name", [
  z.strictObject({
    name: z.literal("cosine"),
    final: share.default(0).describe("Share of the rate at the end."),
    warmup,
  }),
  z.strictObject({
    name: z.literal("step"),
    milestones: z.array(positive).min(1).describe("Epochs from the run's start at which the rate falls."),
    gamma: share.default(0.1).describe("The factor by which it falls."), // PyTorch's MultiStepLR's
    warmup,
  }),
]);

/** How the rate goes over a run; `"cosine"` is the cosine to 0 without warm-up. */
export const scheduleConfig = z.union([z.literal("cosine"), shaped]);

type OptimizerConfig = z.infer<typeof optimizerConfig>;

/** The optimizer that a config asks for. */
export function optimizerOf({ optimizer }: { optimizer: OptimizerConfig }): Optimizer {
  const given = { rules: optimizer.parameters };
  switch (optimizer.name) {
    case "sgd":
      return sgd({ ...optimizer, ...given });
    case "lars":
      return lars({ ...optimizer, ...given });
    case "adamw":
      return adamw({ ...optimizer, ...given });
  }
}

/** The rate of each step of a run: linear in the batch, times the schedule. */
export function ratesOf(
  config: {
    optimizer: OptimizerConfig;
    schedule: z.infer<typeof scheduleConfig>;
    batchSize: number;
    epochs: number;
  },
  perEpoch: number,
): (step: number) => number {
  const { rate, per } = config.optimizer;
  const schedule = scheduleOf(config.schedule, perEpoch);
  const steps = perEpoch * config.epochs;
  return (step) => ((rate * config.batchSize) / per) * schedule(step, steps);
}

function scheduleOf(config: z.infer<typeof scheduleConfig>, perEpoch: number): Schedule {
  if (config === "cosine") return cosineTo(0);
  const inSteps = (epochs: number) => Math.round(epochs * perEpoch);
  const { epochs = 0, steps = inSteps(epochs), start = 0 } = config.warmup ?? {};
  const after =
    config.name === "cosine"
      ? cosineTo(config.final)
      : multiStep(
          config.milestones.map((milestone) => inSteps(milestone) - steps),
          config.gamma,
        );
  return warmUp({ steps, start }, after);
}
