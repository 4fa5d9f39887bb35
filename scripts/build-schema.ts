/** Writes core/recipe.schema.json, by which editors complete and check recipes. */
import { writeFile } from "node:fs/promises";
import { recipeSchema } from "../core/train/recipeSchema.ts";

const file = new URL("../core/recipe.schema.json", import.meta.url);
await writeFile(file, `${JSON.stringify(recipeSchema(), null, 2)}\n`);
