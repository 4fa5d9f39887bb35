import { Command } from "commander";
import { resolveConfig } from "../../core/train/config.ts";
import { mergeLayers, readLayers, readRecipe, recipeNames } from "../../core/train/recipe.ts";
import { recipeSchema } from "../../core/train/recipeSchema.ts";
import { leavesOf } from "../../core/train/records.ts";
import { sourceOf } from "../../core/train/sources.ts";

const notes = `
Examples:
  ssl-edge recipes
  ssl-edge recipes show simclr-cifar10
  ssl-edge recipes show mine.json --json
  ssl-edge recipes schema > recipe.schema.json

A recipe of your own is a JSON file: { "extends": "simclr-cifar10", "encoder": { "width": 16 } }. Records are merged, lists
and values replaced, null removes. With "$schema" naming the schema's file, editors complete and check it.`;

export const recipes = () =>
  new Command("recipes")
    .description("List the recipes, show one with the source of each value, or print their JSON Schema.")
    .addHelpText("after", notes)
    .action(list)
    .addCommand(show().exitOverride())
    .addCommand(schema().exitOverride());

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

async function list(): Promise<void> {
  const rows: string[][] = [];
  for (const name of recipeNames()) {
    const { method, encoder, optimizer, batchSize, epochs } = resolveConfig(await readRecipe(name));
    const about = `${epochs} epochs in batches of ${batchSize}, ${optimizer.name}`;
    rows.push([name, method.name, encoder.name, about]);
  }
  printTable(rows);
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
  if (!json) return printTable(rows.map(({ path, value, source }) => [path, JSON.stringify(value), source]));
  const sources = Object.fromEntries(rows.map(({ path, source }) => [path, source]));
  console.log(JSON.stringify({ recipe: name, config, sources }));
}

/** Rows of words in columns. */
function printTable(rows: string[][]): void {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  for (const row of rows)
    console.log(
      row
        .map((word, i) => word.padEnd(widths[i]))
        .join("  ")
        .trimEnd(),
    );
}
