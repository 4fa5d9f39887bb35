/** The JSON Schema by which editors check recipes, against a validator that is not ours. */
import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import { describe, expect, test } from "vitest";
import { recipeNames } from "../../../core/train/recipe.ts";
import { recipeSchema } from "../../../core/train/recipeSchema.ts";

const read = (path: string) => readFileSync(new URL(`../../../core/${path}`, import.meta.url), "utf8");
const recipe = (name: string) => JSON.parse(read(`recipes/${name}.json`));
const validate = new Ajv({ allowUnionTypes: true }).compile(recipeSchema());

test("its file is what `npm run build:schema` writes", () => {
  expect(read("recipe.schema.json")).toBe(`${JSON.stringify(recipeSchema(), null, 2)}\n`);
});

describe.each(recipeNames())("%s", (name) => {
  test("is valid, and names the schema's file", () => {
    expect(validate(recipe(name)), JSON.stringify(validate.errors)).toBe(true);
    expect(recipe(name).$schema).toBe("../recipe.schema.json");
  });
});

test.each<[string, object]>([
  ["what a base supplies left out", { extends: "simclr-cifar10", encoder: { width: 16 } }],
  ["a method's setting without its name", { extends: "simclr-cifar10", method: { temperature: 0.2 } }],
  ["what a base has removed", { extends: "./base.json", norm: { group: null }, schedule: null }],
  ["nothing at all", {}],
])("%s is valid", (_, value) => {
  expect(validate(value), JSON.stringify(validate.errors)).toBe(true);
});

test.each<[string, object]>([
  ["an unknown key", { encoder: { widht: 16 } }],
  ["an unknown key at the top", { epoch: 3 }],
  ["another method's setting", { method: { name: "rotation", temperature: 0.2 } }],
  ["a method that is none", { method: { name: "simclear" } }],
  ["a count below one", { encoder: { width: 0 } }],
  ["text for a number", { epochs: "many" }],
  ["an optimizer's key for another", { optimizer: { name: "sgd", rate: 1, trust: 0.1 } }],
  ["a schedule that is none", { schedule: "cosin" }],
  ["a source that is no text", { sources: { epochs: 3 } }],
  ["a base that is no name", { extends: ["simclr-cifar10"] }],
])("%s is not", (_, value) => {
  expect(validate(value)).toBe(false);
});
