/** Every value of a recipe has a source. */
import { describe, expect, test } from "vitest";
import { type Layer, mergeLayers, readLayers, recipeNames } from "../../../core/train/recipe.ts";
import { leavesOf } from "../../../core/train/records.ts";
import { sourceOf, staleSources } from "../../../core/train/sources.ts";

const layer = (recipe: Layer["recipe"], sources: Layer["sources"]): Layer => ({ name: "", recipe, sources });

describe.each(recipeNames())("%s", (name) => {
  test("says of each value where it comes from", async () => {
    const layers = await readLayers(name);
    const paths = [...leavesOf(mergeLayers(layers))].map(([path]) => path);
    expect(paths.length).toBeGreaterThan(15);
    const bare = paths.filter((path) => !sourceOf(layers, path));
    expect(bare).toEqual([]);
  });

  test("says it of nothing that it does not set", async () => {
    expect(staleSources((await readLayers(name)).at(-1)!)).toEqual([]);
  });
});

test("the longest beginning of a path is what counts, in whole keys", () => {
  const layers = [
    layer(
      { optimizer: { rate: 1, rates: 2, rules: [{ decay: 0 }] }, milestones: [1, 2] },
      { optimizer: "a", "optimizer.rate": "b", "optimizer.rules.0": "c", milestones: "d" },
    ),
  ];
  const sourced = [...leavesOf(layers[0].recipe)].map(([path]) => [path, sourceOf(layers, path)]);
  expect(sourced).toEqual([
    ["optimizer.rate", "b"],
    ["optimizer.rates", "a"],
    ["optimizer.rules.0.decay", "c"],
    ["milestones", "d"], // a list of numbers is one value
  ]);
});

test("a value that is inherited has the base's source; one that is set anew needs its own", () => {
  const layers = [
    layer({ encoder: { name: "resnet18", width: 64 } }, { "encoder.name": "a", "encoder.width": "b" }),
    layer({ encoder: { width: 16 } }, { encoder: "c" }),
  ];
  expect(sourceOf(layers, "encoder.name")).toBe("a");
  expect(sourceOf(layers, "encoder.width")).toBe("c");
  expect(sourceOf([layers[0], layer({ encoder: { width: 16 } }, {})], "encoder.width")).toBeUndefined();
  expect(sourceOf(layers, "encoder.stem")).toBeUndefined();
});

test("a source of what is not set is stale", () => {
  const sources = {
    encoder: "",
    "encoder.width": "",
    "encoder.widths": "",
    "views.0": "",
    "views.1": "",
    v: "",
  };
  const recipe = { encoder: { width: 16 }, views: [{ size: 32 }] };
  expect(staleSources(layer(recipe, sources))).toEqual(["encoder.widths", "views.1", "v"]);
});
