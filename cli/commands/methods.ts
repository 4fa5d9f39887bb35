import { Command } from "commander";
import type { Method } from "../../core/methods/index.ts";
import { methodsByName } from "../../core/train/config.ts";
import { methodSettings } from "../../core/train/methodSettings.ts";
import { didYouMean } from "../../core/train/nearest.ts";
import { recipeNames } from "../../core/train/recipe.ts";
import { UsageError } from "../exit.ts";
import { tableOf } from "../table.ts";

const notes = `
Examples:
  ssl-edge methods
  ssl-edge methods list --json
  ssl-edge methods show simclr
  ssl-edge pretrain simclr-cifar10 --data photos/ --out runs/a --set method.temperature=0.2

A method's settings stand under "method" in a recipe. ssl-edge recipes tells what the package's recipes set them to.`;

export const methods = () =>
  new Command("methods")
    .description("List the methods, or show the settings of one with the source of each default.")
    .addHelpText("after", notes)
    .addCommand(list(), { isDefault: true })
    .addCommand(show());

const list = () =>
  new Command("list")
    .description("A line for each method: family, own settings, paper (the default).")
    .option("--json", "print one JSON object")
    .allowExcessArguments() // what looks like a subcommand comes here too
    .action(printAll);

const show = () =>
  new Command("show")
    .description("A method's settings: defaults, what may stand there, meaning and source.")
    .argument("<method>", "a method's name")
    .option("--json", "print one JSON object")
    .action(print);

function about(method: Method) {
  const { name, family, paper, views, sharding } = method;
  return { method: name, family, paper, views, sharding, settings: methodSettings(method) };
}

function printAll({ json }: { json?: boolean }, command: Command): void {
  const [word] = command.args;
  if (word !== undefined)
    command.error(`error: unknown command '${word}'${didYouMean(word, ["list", "show"])}`);
  const all = [...methodsByName.values()].map(about);
  if (json) {
    console.log(JSON.stringify({ methods: all }));
    return;
  }
  const rows = all.map(({ method, family = "", paper = "", settings }) => [
    ...[method, family, settings.map(({ path }) => path).join(", ") || "no settings"],
    paper,
  ]);
  for (const line of tableOf(rows)) console.log(line);
}

function print(name: string, { json }: { json?: boolean }): void {
  const method = methodsByName.get(name);
  if (!method) {
    const names = [...methodsByName.keys()];
    throw new UsageError(
      `methods: there is no ${name}${didYouMean(name, names) || `; there is ${names.join(", ")}`}`,
    );
  }
  const recipes = recipeNames().filter((recipe) => recipe.startsWith(`${name}-`));
  const { settings, ...rest } = about(method);
  if (json) {
    console.log(JSON.stringify({ ...rest, recipes, settings }));
    return;
  }
  const { family = "", paper = "", views, sharding } = rest;
  const shards =
    sharding === "gathers" ? "one: the loss compares all images of a batch" : "each has a loss of its own";
  const facts = [
    ...[
      ["method", name],
      ["family", family],
      ["paper", paper],
      ["views", String(views)],
    ],
    ...[
      ["shards", shards],
      ["recipes", recipes.join(", ") || "none"],
    ],
  ];
  for (const line of tableOf(facts)) console.log(line);
  const rows = settings.map(({ path, allowed, default: standard, required, meaning, source }) => [
    path,
    standard === undefined ? (required ? "required" : "-") : JSON.stringify(standard),
    ...[allowed, meaning, source],
  ]);
  if (!rows.length) {
    console.log("\nno settings of its own");
    return;
  }
  console.log();
  for (const line of tableOf([["setting", "default", "value", "meaning", "source"], ...rows]))
    console.log(line);
}
