/** Recipes that change others. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { resolveConfig } from "../../../core/train/config.ts";
import { extended } from "../../../core/train/extend.ts";
import { readRecipe } from "../../../core/train/recipe.ts";

const folder = mkdtempSync(join(tmpdir(), "ssl-edge-extend-"));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string) => join(folder, name);
function write(name: string, recipe: unknown): void {
  writeFileSync(at(name), JSON.stringify(recipe));
}

const resolved = async (name: string) => resolveConfig(await readRecipe(name));

describe("what a recipe says over its base", () => {
  test("merges records, replaces lists and values", () => {
    const base = { a: { b: 1, c: { d: 2 } }, list: [1, { x: 1 }], text: "cosine" };
    const own = { a: { c: { e: 3 } }, list: [{ y: 2 }], text: { name: "step" } };
    expect(extended(base, own)).toEqual({
      a: { b: 1, c: { d: 2, e: 3 } },
      ...{ list: [{ y: 2 }], text: { name: "step" } },
    });
    expect(base).toEqual({ a: { b: 1, c: { d: 2 } }, list: [1, { x: 1 }], text: "cosine" });
  });

  test("treats __proto__ as a key like others, which is unknown", async () => {
    const merged = extended(await readRecipe("simclr-cifar10"), JSON.parse('{"__proto__":{"epochs":2}}'));
    expect(Object.getPrototypeOf(merged)).toBe(Object.prototype);
    expect(() => resolveConfig(merged)).toThrow("config: __proto__: there is no such key");
  });

  test("removes by null what the base has, at any depth, and only that", () => {
    const base = { norm: { group: 16 }, encoder: { width: 64, stem: "auto" } };
    expect(extended(base, { norm: null, encoder: { stem: null }, schedule: { warmup: null } })).toEqual({
      encoder: { width: 64 },
      schedule: {},
    });
  });

  test.each([
    ["method", { name: "simclr", temperature: 0.5 }, { name: "rotation" }],
    ["optimizer", { name: "lars", rate: 1, trust: 0.01 }, { name: "sgd", rate: 2 }],
    ["optimizer", { rate: 1, momentum: 0.5 }, { name: "lars", rate: 2 }], // sgd where nothing is said
    ["schedule", { name: "step", milestones: [1] }, { name: "cosine", final: 0.1 }],
  ])("takes nothing of another %s's: %j, %j", (key, base, own) => {
    expect(extended({ [key]: base }, { [key]: own })).toEqual({ [key]: own });
  });

  test.each([
    ["method", { name: "simclr", temperature: 0.5 }, { name: "simclr", projector: { outputs: 64 } }],
    ["method", { name: "simclr", temperature: 0.5 }, { projector: { outputs: 64 } }],
    ["optimizer", { rate: 1, momentum: 0.5 }, { name: "sgd", decay: 0 }],
    ["encoder", { name: "resnet18", width: 16 }, { name: "resnet50" }], // all take the same options
  ])("keeps the rest of the same %s's, and of an encoder's: %j, %j", (key, base, own) => {
    expect(extended({ [key]: base }, { [key]: own })).toEqual({ [key]: { ...base, ...own } });
  });
});

describe("a recipe", () => {
  beforeAll(() => {
    mkdirSync(at("sub"));
    write("child.json", { extends: "./sub/base.json", encoder: { stem: "cifar" } });
    write("sub/base.json", {
      extends: "simclr-cifar10",
      encoder: { width: 8 },
      sources: { encoder: "ours: small" },
    });
    write("rotation.json", { extends: "child.json", $schema: "x", method: { name: "rotation" }, seed: 7 });
    write("a.json", { extends: "b.json" });
    write("b.json", { extends: "./sub/../c.json" });
    write("c.json", { extends: "a.json" });
    write("lost.json", { extends: "./nowhere.json" });
    write("misspelt.json", { extends: "simclr-cifar11" });
    write("number.json", { extends: 3 });
    write("list.json", []);
    write("unknown.json", { extends: "simclr-cifar10", norms: null });
  });

  test("extends another by name or by its path from there, and that another", async () => {
    const base = await resolved("simclr-cifar10");
    const encoder = { ...base.encoder, width: 8, stem: "cifar" };
    expect(await resolved(at("child.json"))).toEqual({ ...base, encoder });
    expect(await resolved(at("rotation.json"))).toEqual({
      ...base,
      ...{ encoder, method: { name: "rotation" }, seed: 7 },
    });
  });

  test("that is resolved says nothing of what it extends, and of its sources", async () => {
    const keys = Object.keys(await resolved(at("rotation.json")));
    expect(keys).toEqual(Object.keys(await resolved("simclr-cifar10")));
    for (const key of ["extends", "sources", "$schema"]) expect(keys).not.toContain(key);
  });

  test.each([
    [
      "that extends itself is refused with the chain",
      "a.json",
      /^recipe: extends goes in a circle: \S+a\.json -> \S+b\.json -> \S+c\.json -> \S+a\.json$/,
    ],
    [
      "whose base is missing is named with it",
      "lost.json",
      /^recipe: \S+nowhere\.json cannot be read for \S+lost\.json to extend: ENOENT/,
    ],
    [
      "whose base is misspelt is named with it",
      "misspelt.json",
      /^recipe: there is no simclr-cifar11 for \S+misspelt\.json to extend; did you mean simclr-cifar10\? /,
    ],
    [
      "whose base is no name is refused",
      "number.json",
      /^recipe: \S+number\.json: extends: got 3; allowed: a name, or a \.json file$/,
    ],
    ["that is no object is refused", "list.json", /^recipe: \S+list\.json is not a JSON object$/],
  ])("%s", async (_, name, message) => {
    await expect(readRecipe(at(name))).rejects.toThrow(message);
  });

  test("cannot remove what there is no such thing as", async () => {
    await expect(resolved(at("unknown.json"))).rejects.toThrow(
      /^config: norms: there is no such key; did you mean norm\?/,
    );
  });

  test("that is not read from a file cannot extend another", () => {
    expect(() => resolveConfig({ extends: "simclr-cifar10" })).toThrow(
      /^config: extends: only a recipe that is read/,
    );
  });
});
