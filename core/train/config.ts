import { z } from "zod";
import { viewConfig } from "../data/views.ts";
import type { Method } from "../methods/index.ts";
import * as methods from "../methods/index.ts";
import { oneLine } from "../oneLine.ts";
import { version } from "../version.ts";
import { schemaOf } from "./allowed.ts";
import { normalizeConfig } from "./augment.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { ConfigError, UnknownMethod } from "./configError.ts";
import { optimizerConfig, scheduleConfig } from "./optimizer.ts";
import { parse } from "./problems.ts";
import { DEEPEST, isRecord, isShallow, valueAt } from "./records.ts";
import { withSetting } from "./settings.ts";

export { ConfigError } from "./configError.ts";
export { parseSetting } from "./settings.ts";

const integer = z.int().positive();

/** The methods of the package, by name. */
export const methodsByName: ReadonlyMap<string, Method> = new Map(
  Object.values(methods).flatMap((value) => (isMethod(value) ? [[value.name, value]] : [])),
);

function isMethod(value: unknown): value is Method {
  return typeof value === "object" && value !== null && "step" in value;
}

/** A method's name and its own settings. */
function settingsOf({ name, config }: Method) {
  if (!(config instanceof z.ZodObject)) throw new Error(`config: the settings of ${name} are no object`);
  return z.strictObject({ name: z.literal(name), ...config.shape });
}

/** The settings of one of several methods, told apart by its name. */
function methodConfig(all: Iterable<Method>): z.ZodType<{ name: string; [setting: string]: unknown }> {
  const [first, ...others] = [...all].map(settingsOf);
  return z.discriminatedUnion("name", [first, ...others]);
}

/** A run, resolved: everything needed to repeat it on the same images. */
const schema = z.strictObject({
  method: methodConfig(methodsByName.values()),
  encoder: z.strictObject({
    name: z
      .enum(["resnet18", "resnet34", "resnet50", "resnet101"])
      .default("resnet18")
      .describe("The network, by torchvision's name."),
    width: integer
      .max(1024)
      .default(64)
      .describe(
        "Channels of the first stage; features of ResNet-18 and 34 have 8 times as many numbers, of 50 and 101 32 times.",
      ),
    stem: z
      .enum(["auto", "cifar", "imagenet"])
      .default("auto")
      .describe(
        "First layers: 7 x 7 at stride 2 with pooling (imagenet), 3 x 3 without (cifar), or by the views' size (auto).",
      ),
    zeroInitResidual: z.boolean().optional().describe("Blocks start as the identity."),
    sobel: z.boolean().optional().describe("The encoder sees where brightness falls, not colours."),
  }),
  views: z
    .array(viewConfig)
    .min(1)
    .describe(
      "How the views of an image are made; the first one also tells at which size features are read.",
    ),
  normalize: normalizeConfig,
  optimizer: optimizerConfig,
  schedule: scheduleConfig
    .default("cosine")
    .describe('How the rate goes over a run; "cosine" falls to 0 without warm-up.'),
  norm: z
    .strictObject({
      group: integer
        .optional()
        .describe(
          "Images that share batch statistics, with all their pictures; the whole batch where nothing is said.",
        ),
    })
    .default({}),
  batchSize: integer.max(1 << 20).describe("Images a step."),
  shards: integer
    .refine((n) => Number.isInteger(Math.log2(n)), "must be a power of two")
    .default(1)
    .describe("Equal parts of a batch, a power of two, computed one after another where memory is short."),
  precision: z
    .enum(["f32", "f16"])
    .default("f32")
    .describe(
      "What products (matrices, convolutions) round their operands to; f16 takes a GPU that has it, and is f32 elsewhere.",
    ),
  epochs: integer.max(1_000_000).describe("Passes over the data."),
  seed: z.int().nonnegative().describe("Decides all that is drawn at random."),
});

/** A run's config, all defaults filled in; docs/recipes.md tells every key. */
export type RunConfig = z.infer<typeof schema>;

/** What a run's config may hold, as a JSON Schema. */
export const configSchema = schemaOf(schema);

/** A method, and its settings. */
export interface Chosen {
  readonly method: Method;
  readonly settings: unknown;
}

/** The method of a config, and its own settings: `own` where that is its name, else one of the package's. Throws where it is neither. */
export function methodOf({ method: { name, ...settings } }: RunConfig, own?: Method): Chosen {
  const method = own?.name === name ? own : methodsByName.get(name);
  if (!method) throw new UnknownMethod(name);
  return { method, settings: parse(method.config, settings, "method") };
}

/**
 * A run's config from a recipe (as `readRecipe` gives it, without `extends`) and settings, applied in order, with all
 * defaults filled in. What a recipe says of itself, `sources` and `$schema`, is left out.
 *
 *     resolveConfig(await readRecipe("simclr-cifar10"), { "encoder.width": 16, "views.0.steps": [] })
 *
 * The method may be `own` instead of one of the package's.
 *
 * Throws ConfigError naming every unknown or ill-typed key with its path and what is allowed there.
 */
export function resolveConfig(
  recipe: unknown,
  settings: Readonly<Record<string, unknown>> = {},
  own?: Method,
): RunConfig {
  if (!isRecord(recipe)) throw new ConfigError("config: a recipe is a JSON object");
  if (!isShallow(recipe))
    throw new ConfigError(`config: a recipe's values lie at most ${DEEPEST} levels deep`);
  if ("extends" in recipe)
    throw new ConfigError("config: extends: only a recipe that is read from a file can extend another");
  const { $schema: _, sources: __, ...record } = recipe;
  const known = own
    ? schema.extend({ method: methodConfig(new Map(methodsByName).set(own.name, own).values()) })
    : schema;
  const config = parse(known, Object.entries(settings).reduce(withSetting, record));
  const chosen = methodOf(config, own).settings as object; // as settingsOf has it
  return { ...config, method: { name: config.method.name, ...chosen } };
}

/**
 * The config of the run that a checkpoint is of; its method may be `own`. Throws where it has none, or one that this version
 * does not know.
 */
export function configOf({ step, metadata }: Checkpoint, own?: Method): RunConfig {
  try {
    const said: unknown = JSON.parse(metadata.config ?? "");
    const name = valueAt(said, ["method", "name"]);
    if (typeof name === "string" && name !== own?.name && !methodsByName.has(name))
      throw new UnknownMethod(name);
    return resolveConfig(said, {}, own);
  } catch (cause) {
    const by =
      metadata.version && metadata.version !== version
        ? `; it was written by ssl-edge ${metadata.version}, this is ${version}`
        : "";
    const remedy = by || (cause instanceof UnknownMethod ? "" : "; use another checkpoint");
    const why = `${(cause as Error).message}${remedy}`;
    throw new Error(oneLine(`checkpoint: the config of step ${step} cannot be read: ${why}`, 4000), {
      cause,
    });
  }
}
