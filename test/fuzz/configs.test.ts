/** What is written in JSON, recipes, settings and the metadata of checkpoints, on 100,000 texts that were valid once. */
import { beforeAll, test } from "vitest";
import type { Stream } from "../../core/random.ts";
import { writeSafetensors } from "../../core/safetensors.ts";
import { decodeCheckpoint } from "../../core/train/checkpoint.ts";
import { configOf, parseSetting, resolveConfig } from "../../core/train/config.ts";
import { mergeLayers, parseRecipe, readRecipe, recipeNames } from "../../core/train/recipe.ts";
import type { JsonRecord } from "../../core/train/records.ts";
import { signed } from "../core/train/checkpoints.ts";
import { tiny } from "../core/train/runs.ts";
import { changed, changedJson, fuzzParser, textOf } from "./fuzz.ts";

let recipes: JsonRecord[];
beforeAll(async () => {
  recipes = await Promise.all(recipeNames().map(readRecipe));
});

const config = tiny();
const oneOf = <T>(random: Stream, values: readonly T[]): T => values[random.below(values.length)];

test("recipes", async () => {
  const base = { name: "base", recipe: recipes[0], sources: {} };
  await fuzzParser(
    "recipes",
    (random) => {
      const own = oneOf(random, recipes);
      const text = random.below(4)
        ? JSON.stringify(changedJson(own, random))
        : textOf(changed(Buffer.from(JSON.stringify(own)), random));
      const { extends: _, sources: __, ...recipe } = parseRecipe("mine.json", text);
      resolveConfig(mergeLayers([base, { name: "mine.json", recipe, sources: {} }]));
    },
    { form: /^(recipe: mine\.json|config: )/ },
  );
});

test("settings", async () => {
  const settings = ["epochs=3", "views.0.size=96", "optimizer.parameters.0.decay=0", "norm.group=null"];
  await fuzzParser(
    "settings",
    (random) => {
      const text = textOf(changed(Buffer.from(oneOf(random, settings)), random));
      const [path, value] = parseSetting(random.below(50) ? text : `${"a.".repeat(random.below(9000))}a=1`);
      resolveConfig(recipes[0], { [path]: value });
    },
    { form: /^config: / },
  );
});

test("checkpoints, their metadata and the config in it", async () => {
  const tensors = new Map([["x", { dtype: "F32", shape: [2], data: new Uint8Array(8) } as const]]);
  const metadata = { format_version: "1", step: "4", epoch: "1", version: "0.1.0", sha256: "0".repeat(64) };
  const whole = { ...metadata, config: JSON.stringify(config) };
  await fuzzParser(
    "checkpoints",
    async (random) => {
      const about: Record<string, string> = { ...whole };
      const key = oneOf(random, Object.keys(about).slice(0, 4));
      if (random.below(2)) about[key] = textOf(changed(Buffer.from(about[key]), random));
      about.config = random.below(2)
        ? JSON.stringify(changedJson(config, random))
        : textOf(changed(Buffer.from(whole.config), random));
      let bytes = signed(writeSafetensors(tensors, about));
      if (random.below(4) === 0) bytes = changed(bytes, random);
      const checkpoint = await decodeCheckpoint(bytes).catch((error: Error) => {
        throw new Error(`checkpoint: c: ${error.message}`); // as readCheckpoint says it
      });
      if (!Number.isSafeInteger(checkpoint.step)) throw new TypeError(`step ${checkpoint.step}`);
      configOf(checkpoint);
    },
    { form: /^checkpoint: / },
  );
});
