import { z } from "zod";
import { viewConfig } from "../data/views.ts";
import type { Method } from "../methods/index.ts";
import * as methods from "../methods/index.ts";
import { version } from "../version.ts";
import { schemaOf } from "./allowed.ts";
import { normalizeConfig } from "./augment.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { ConfigError } from "./configError.ts";
import { optimizerConfig, scheduleConfig } from "./optimizer.ts";
import { parse } from "./problems.ts";
import { DEEPEST, isRecord, isShallow } from "./records.ts";
import { withSetting } from "./settings.ts";

export { ConfigError } from "./configError.ts";
export { parseSetting } from "./settings.ts";

const integer = z.int().positive();

const byName = new Map<string, Method>(
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
  method: methodConfig(byName.values()),
  encoder: z.strictObject({
    name: z.enum(["resnet18", "resnet34", "resnet50", "resnet101"]).default("resnet18"),
    width: integer.max(1024).default(64), // channels of the first stage
    stem: z.enum(["auto", "cifar", "imagenet"]).default("auto"), // auto: by the images' size
    zeroInitResidual: z.boolean().optional(), // blocks start as the identity
    sobel: z.boolean().optional(), // sees where brightness falls, not colours
  }),
  views: z.array(viewConfig).min(1),
  normalize: normalizeConfig,
  optimizer: optimizerConfig,
  schedule: scheduleConfig.default("cosine"),
  norm: z.strictObject({ group: integer.optional() }).default({}), // samples that share batch statistics
  batchSize: integer.max(1 << 20),
  shards: integer.refine((n) => Number.isInteger(Math.log2(n)), "must be a power of two").default(1), // of a batch, one after another
  epochs: integer.max(1_000_000),
  seed: z.int().nonnegative(),
});

export type RunConfig = z.infer<typeof schema>;

/** What a run's config may hold, as a JSON Schema. */
export const configSchema = schemaOf(schema);

/** A method, and its settings. */
export interface Chosen {
  readonly method: Method;
  readonly settings: unknown;
}

/** The method of a config, and its own settings: `own` where that is its name, else one of the package's. */
export function methodOf({ method: { name, ...settings } }: RunConfig, own?: Method): Chosen {
  const method = own?.name === name ? own : byName.get(name)!; // the schema knows no others
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
    ? schema.extend({ method: methodConfig(new Map(byName).set(own.name, own).values()) })
    : schema;
  const config = parse(known, Object.entries(settings).reduce(withSetting, record));
  const chosen = methodOf(config, own).settings as object; // as settingsOf has it
  return { ...config, method: { name: config.method.name, ...chosen } };
}

/** The config of the run that a checkpoint is of. Throws where it has none, or one that this version does not know. */
export function configOf({ step, metadata }: Checkpoint, own?: Method): RunConfig {
  try {
    return resolveConfig(JSON.parse(metadata.config ?? ""), {}, own);
  } catch (cause) {
    const by =
      metadata.version && metadata.version !== version
        ? `; it was written by ssl-edge ${metadata.version}, this is ${version}`
        : "";
    throw new ConfigError(
      `checkpoint: the config of step ${step} cannot be read: ${(cause as Error).message}${by || "; use another checkpoint"}`,
    );
  }
}
