/** What the command line tells of recipes. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { resolveConfig } from "../../core/train/config.ts";
import { readRecipe, recipeNames } from "../../core/train/recipe.ts";
import { sslEdge } from "./command.ts";

const folder = mkdtempSync(join(tmpdir(), "ssl-edge-recipes-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("recipes: a line each, with method, encoder and size", async () => {
  const { code, stdout } = await sslEdge(["recipes"]);
  expect(code).toBe(0);
  const lines = stdout.trimEnd().split("\n");
  expect(lines.map((line) => line.split(" ")[0])).toEqual(recipeNames());
  expect(stdout).toMatch(/^simclr-imagenet-r50 +simclr +resnet50 +200 epochs in batches of 256, lars$/m);
});

test("recipes show: each value with its source, and defaults as such", async () => {
  const { code, stdout } = await sslEdge(["recipes", "show", "simclr-cifar10"]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^optimizer\.rate +0\.06 +lightly's/m);
  expect(stdout).toMatch(/^shards +1 +default$/m);
});

test("recipes show --json: the resolved config, of a recipe of one's own too", async () => {
  const file = join(folder, "mine.json");
  const sources = { "encoder.width": "ours: small" };
  writeFileSync(
    file,
    JSON.stringify({ extends: "simclr-cifar10", encoder: { width: 8 }, epochs: 3, sources }),
  );
  const { code, stdout } = await sslEdge(["recipes", "show", file, "--json"]);
  expect(code).toBe(0);
  const shown = JSON.parse(stdout);
  expect(shown.config).toEqual(JSON.parse(JSON.stringify(resolveConfig(await readRecipe(file)))));
  expect(shown.sources).toMatchObject({
    "encoder.width": "ours: small",
    epochs: "no source is named",
    "encoder.stem": expect.stringContaining("images' size"),
  });
});

test("recipes show: an unknown one is refused", async () => {
  const { code, stderr } = await sslEdge(["recipes", "show", "simclr-cifar11"]);
  expect(code).toBe(2);
  expect(stderr).toMatch(/^ssl-edge: recipe: there is no simclr-cifar11; did you mean simclr-cifar10\?/);
});

test("recipes schema: the file that comes with the package", async () => {
  const { stdout } = await sslEdge(["recipes", "schema"]);
  expect(stdout).toBe(readFileSync("core/recipe.schema.json", "utf8"));
});
