import { Command } from "commander";
import { resolveConfig } from "../../core/train/config.ts";
import { didYouMean } from "../../core/train/nearest.ts";
import { mergeLayers, readLayers, readRecipe, recipeNames } from "../../core/train/recipe.ts";
import { recipeSchema } from "../../core/train/recipeSchema.ts";
import { leavesOf } from "../../core/train/records.ts";
import { sourceOf } from "../../core/train/sources.ts";
import { tableOf } from "../table.ts";

const notes = `
Examples:
  ssl-edge recipes
  ssl-edge recipes list --json
  ssl-edge recipes show simclr-cifar10
  ssl-edge recipes show mine.json --json
  ssl-edge recipes schema > recipe.schema.json

A recipe of your own is a JSON file: { "extends": "simclr-cifar10", "encoder": { "width": 16 } }. Records are merged, lists
and values replaced, null removes. With "$schema" naming the schema's file, editors complete and check it.`;

export const recipes = () =>
  new Command("recipes")
    .description("List the recipes, show one with the source of each value, or print their JSON Schema.")
    .addHelpText("after", notes)
    .addCommand(list(), { isDefault: true })
    .addCommand(show())
    .addCommand(schema());

const list = () =>
  new Command("list")
    .description("A line for each recipe: method, encoder, length (the default).")
    .option("--json", "print one JSON object")
    .allowExcessArguments() // what looks like a subcommand comes here too
    .action(printAll);

const show = () =>
  new Command("show")
    .description("A recipe with all defaults, and where each value comes from.")
    .argument("<recipe>", "a recipe's name, or a .json file")
    .option("--json", "print one JSON object")
    .action(print);

const schema = () =>
  new Command("schema")
    .description("Print the JSON Schema of recipes, for editors.")
    .action(() => console.log(JSON.stringify(recipeSchema(), null, 2)));

async function printAll({ json }: { json?: boolean }, command: Command): Promise<void> {
  const [word] = command.args;
  if (word !== undefined)
    command.error(`error: unknown command '${word}'${didYouMean(word, ["list", "show", "schema"])}`);
  const recipes = [];
  for (const name of recipeNames()) {
    const { method, encoder, optimizer, batchSize, epochs } = resolveConfig(await readRecipe(name));
    const about = { method: method.name, encoder: encoder.name, optimizer: optimizer.name };
    recipes.push({ recipe: name, ...about, batchSize, epochs });
  }
  if (json) return console.log(JSON.stringify({ recipes }));
  const rows = recipes.map(({ recipe, method, encoder, optimizer, batchSize, epochs }) => [
    ...[recipe, method, encoder],
    `${epochs} epochs in batches of ${batchSize}, ${optimizer}`,
  ]);
  for (const line of tableOf(rows)) console.log(line);
}

async function print(name: string, { json }: { json?: boolean }): Promise<void> {
  const layers = await readLayers(name);
  const recipe = mergeLayers(layers);
  const config = resolveConfig(recipe);
  const said = new Set([...leavesOf(recipe)].map(([path]) => path));
  const rows = [...leavesOf(config)].map(([path, value]) => ({
    ...{ path, value },
    source: said.has(path) ? (sourceOf(layers, path) ?? "no source is named") : "default",
  }));
  if (json) {
    const sources = Object.fromEntries(rows.map(({ path, source }) => [path, source]));
    return console.log(JSON.stringify({ recipe: name, config, sources }));
  }
  const words = rows.map(({ path, value, source }) => [path, JSON.stringify(value), source]);
  for (const line of tableOf(words)) console.log(line);
}
