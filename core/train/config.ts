import { z } from "zod";
import type { Method } from "../methods/index.ts";
import * as methods from "../methods/index.ts";
import { viewConfig } from "./augment.ts";
import { optimizerConfig, scheduleConfig } from "./optimizer.ts";

const integer = z.int().positive();

/** A run, resolved: everything needed to repeat it on the same images. */
const schema = z.strictObject({
  method: z.looseObject({ name: z.string() }), // the rest is the method's own schema
  encoder: z.strictObject({
    name: z.enum(["resnet18", "resnet34", "resnet50", "resnet101"]).default("resnet18"),
    width: integer.max(1024).default(64), // channels of the first stage
    stem: z.enum(["auto", "cifar", "imagenet"]).default("auto"), // auto: by the images' size
    zeroInitResidual: z.boolean().optional(), // blocks start as the identity
  }),
  views: viewConfig,
  optimizer: optimizerConfig,
  schedule: scheduleConfig.default("cosine"),
  norm: z.strictObject({ group: integer.optional() }).default({}), // samples that share batch statistics
  batchSize: integer.max(1 << 20),
  shards: integer.refine((n) => Number.isInteger(Math.log2(n)), "must be a power of two").default(1), // of a batch, one after another
  epochs: integer.max(1_000_000),
  seed: z.int().nonnegative(),
});

export type RunConfig = z.infer<typeof schema>;

/** A recipe's text could not be made a run: which keys are wrong, and how. */
export class ConfigError extends Error {
  override name = "ConfigError";
}

const byName = new Map<string, Method>(
  Object.values(methods).flatMap((value) => (isMethod(value) ? [[value.name, value]] : [])),
);

function isMethod(value: unknown): value is Method {
  return typeof value === "object" && value !== null && "step" in value;
}

/**
 * The method of a config, and its own settings: `own` where that is its name, else one of the package's. Throws
 * ConfigError where there is none of that name.
 */
export function methodOf(
  { method: { name, ...settings } }: RunConfig,
  own?: Method,
): {
  method: Method;
  settings: unknown;
} {
  const method = own?.name === name ? own : byName.get(name);
  if (!method)
    throw new ConfigError(
      `config: method.name: there is no ${name}; there is ${[...byName.keys()].join(", ")}`,
    );
  return { method, settings: parse(method.config, settings, "method") };
}

function parse<T>(type: z.ZodType<T>, value: unknown, ...prefix: string[]): T {
  const result = type.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) =>
    [[...prefix, ...path].join("."), message].filter(Boolean).join(": "),
  );
  throw new ConfigError(`config: ${problems.join("; ")}`);
}

/** Sets `a.b.c` in a copy of a nested record. */
function withValue(
  record: Record<string, unknown>,
  [key, ...rest]: string[],
  value: unknown,
): Record<string, unknown> {
  const inner = record[key];
  if (!rest.length) return { ...record, [key]: value };
  const isRecord = typeof inner === "object" && inner !== null && !Array.isArray(inner);
  return { ...record, [key]: withValue(isRecord ? (inner as Record<string, unknown>) : {}, rest, value) };
}

/** `key.path=value`, the value as JSON where it is JSON, else as text. */
export function parseSetting(text: string): { path: string[]; value: unknown } {
  const at = text.indexOf("=");
  if (at < 1) throw new ConfigError(`config: --set takes key.path=value; got ${text}`);
  const [path, raw] = [text.slice(0, at).split("."), text.slice(at + 1)];
  try {
    return { path, value: JSON.parse(raw) };
  } catch {
    return { path, value: raw };
  }
}

/**
 * A run's config from a recipe and overrides, applied in order, with all defaults filled in.
 *
 * Throws ConfigError naming every unknown or ill-typed key with its path.
 */
export function resolveConfig(
  recipe: unknown,
  settings: { path: string[]; value: unknown }[] = [],
): RunConfig {
  if (typeof recipe !== "object" || recipe === null)
    throw new ConfigError("config: a recipe is a JSON object");
  const raw = settings.reduce(
    (record, { path, value }) => withValue(record, path, value),
    recipe as Record<string, unknown>,
  );
  const config = parse(schema, raw);
  const { settings: own } = methodOf(config);
  return { ...config, method: { name: config.method.name, ...(own as object) } };
}
