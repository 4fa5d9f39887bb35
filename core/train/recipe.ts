import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename } from "node:path";

const folder = new URL("../recipes/", import.meta.url);

/** Names of the recipes that come with the package. */
export const recipeNames = (): string[] =>
  readdirSync(folder)
    .map((file) => basename(file, ".json"))
    .sort();

/** The JSON of a recipe by its name, or by the path of a file that ends in .json. */
export async function readRecipe(name: string): Promise<unknown> {
  const names = recipeNames();
  const isFile = name.endsWith(".json");
  if (!isFile && !names.includes(name))
    throw new Error(`recipe: there is no ${name}; there is ${names.join(", ")}, or give a .json file`);
  const text = await readFile(isFile ? name : new URL(`${name}.json`, folder), "utf8").catch((cause) => {
    throw new Error(`recipe: ${name} cannot be read: ${(cause as Error).message}`, { cause });
  });
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(`recipe: ${name} is not JSON: ${(cause as Error).message}`, { cause });
  }
}
