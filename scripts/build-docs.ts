/** Writes docs/api.md, and the tables of docs/recipes.md, docs/methods.md and the methods' pages. */
import { writeFile } from "node:fs/promises";
import { pages } from "./docs/pages.ts";

for (const [path, page] of Object.entries(pages()))
  await writeFile(new URL(`../${path}`, import.meta.url), page);
