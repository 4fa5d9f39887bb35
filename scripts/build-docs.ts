/** Writes docs/api.md, and the table of keys in docs/recipes.md. */
import { writeFile } from "node:fs/promises";
import { pages } from "./docs/pages.ts";

for (const [path, page] of Object.entries(pages()))
  await writeFile(new URL(`../${path}`, import.meta.url), page);
