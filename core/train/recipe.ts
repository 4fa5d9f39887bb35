import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { oneLine } from "../oneLine.ts";
import { ConfigError } from "./configError.ts";
import { extended } from "./extend.ts";
import { didYouMean } from "./nearest.ts";
import { DEEPEST, isRecord, isShallow, type JsonRecord } from "./records.ts";

const folder = fileURLToPath(new URL("../recipes/", import.meta.url));

/** Names of the recipes that come with the package. */
export const recipeNames = (): string[] =>
  readdirSync(folder)
    .map((file) => basename(file, ".json"))
    .sort();

/** One recipe of a chain of those that extend each other. */
export interface Layer {
  /** Its name, or the path of its file. */
  readonly name: string;
  /** What it says itself. */
  readonly recipe: JsonRecord;
  /** Where its values come from, by path or the beginning of one. */
  readonly sources: Readonly<Record<string, unknown>>;
}

/**
 * A recipe by its name, or by the path of a file that ends in .json, with what it extends: `resolveConfig` takes it. A run's
 * `config.json` is one too. Throws ConfigError where there is no such recipe, or its text is none.
 */
export async function readRecipe(name: string): Promise<JsonRecord> {
  return mergeLayers(await readLayers(name));
}

export const mergeLayers = (layers: readonly Layer[]): JsonRecord =>
  layers.reduce<JsonRecord>((base, { recipe }) => extended(base, recipe), {});

/** A recipe and all that it extends, the base first. Throws one line where one is missing, or extends itself. */
export async function readLayers(name: string): Promise<Layer[]> {
  const layers: Layer[] = [];
  const read: { file: string; name: string }[] = [];
  for (let next: string | undefined = name; next !== undefined; ) {
    const asker = read.at(-1);
    const [wanted, file]: string[] = locate(next, asker);
    if (read.some((each) => each.file === file))
      throw new ConfigError(
        `recipe: extends goes in a circle: ${[...read.map((each) => each.name), wanted].join(" -> ")}`,
      );
    read.push({ file, name: wanted });
    const { extends: base, sources, $schema: _, ...recipe } = await parseFile(wanted, file, asker?.name);
    if (base !== undefined && typeof base !== "string")
      throw new ConfigError(
        `recipe: ${wanted}: extends: got ${oneLine(JSON.stringify(base), 80)}; allowed: a name, or a .json file`,
      );
    layers.unshift({ name: wanted, recipe, sources: isRecord(sources) ? sources : {} });
    next = base;
  }
  return layers;
}

/** What a recipe is called, and its file. Paths are relative to the file that says them, or to the working directory. */
function locate(name: string, asker?: { file: string; name: string }): [name: string, file: string] {
  if (name.endsWith(".json")) {
    const file = resolve(asker ? dirname(asker.file) : ".", name);
    return [asker ? file : name, file];
  }
  const names = recipeNames();
  if (!names.includes(name))
    throw new ConfigError(
      `recipe: there is no ${name}${wantedBy(asker?.name)}${didYouMean(name, names) || ";"} there is ${names.join(", ")}, or give a .json file`,
    );
  return [name, resolve(folder, `${name}.json`)];
}

async function parseFile(name: string, file: string, asker?: string): Promise<JsonRecord> {
  const text = await readFile(file, "utf8").catch((cause) => {
    throw new Error(`recipe: ${name} cannot be read${wantedBy(asker)}: ${(cause as Error).message}`, {
      cause,
    });
  });
  const recipe = parseRecipe(name, text);
  return isRun(recipe) ? recipe.config : recipe;
}

/** Whether a file tells of a run, as `pretrain` writes it: `config` has all that was resolved. */
const isRun = (said: JsonRecord): said is { config: JsonRecord } =>
  [said.config, said.data, said.backend].every(isRecord);

/** A recipe's text as it stands. Throws ConfigError in the name of `name` where it is no JSON object. */
export function parseRecipe(name: string, text: string): JsonRecord {
  let recipe: unknown;
  try {
    recipe = JSON.parse(text);
  } catch (cause) {
    throw new ConfigError(`recipe: ${name} is not JSON: ${oneLine((cause as Error).message)}`, { cause });
  }
  if (!isRecord(recipe)) throw new ConfigError(`recipe: ${name} is not a JSON object`);
  if (!isShallow(recipe))
    throw new ConfigError(`recipe: ${name}: values lie at most ${DEEPEST} levels deep in one another`);
  return recipe;
}

const wantedBy = (asker?: string): string => (asker === undefined ? "" : ` for ${asker} to extend`);
