/** What of docs/ is written by `npm run build:docs`. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { configSchema, methodsByName } from "../../core/train/config.ts";
import { apiPage } from "./apiPage.ts";
import { keysTable } from "./keysTable.ts";
import { methodsTable, settingsTable } from "./methodPages.ts";

const root = join(import.meta.dirname, "../..");

/** The pages by their paths, as they should be. */
export function pages(): Record<string, string> {
  const read = (path: string) => readFileSync(join(root, path), "utf8");
  const methods = [...methodsByName.values()];
  const own = methods.map((method): [string, string] => {
    const path = `docs/methods/${method.name}.md`;
    return [path, between(read(path), "settings", settingsTable(method))];
  });
  const made = {
    ...Object.fromEntries(own),
    "docs/methods.md": between(read("docs/methods.md"), "methods", methodsTable(methods)),
    "docs/api.md": withDeclarations((folder) => apiPage(root, folder)),
    "docs/recipes.md": between(read("docs/recipes.md"), "keys", keysTable(configSchema)),
  };
  return Object.fromEntries(Object.entries(made).map(([path, page]) => [path, formatted(path, page)]));
}

/** As `npm run format` would have it, code and tables included. */
function formatted(path: string, page: string): string {
  const biome = join(root, "node_modules/@biomejs/biome/bin/biome");
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [biome, "format", "--stdin-file-path", path],
    { cwd: root, input: page, encoding: "utf8" },
  );
  if (status !== 0) throw new Error(`docs: ${path} does not format: ${stderr}`);
  return stdout;
}

/** What is made of the declarations that tsc writes into a folder, which is gone afterwards. */
function withDeclarations<T>(make: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "ssl-edge-docs-"));
  try {
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    const project = ["--project", join(root, "scripts/package.tsconfig.json")];
    const { status } = spawnSync(
      process.execPath,
      [tsc, ...project, "--emitDeclarationOnly", "--outDir", folder],
      { stdio: "inherit" },
    );
    if (status !== 0) throw new Error("docs: tsc wrote no declarations");
    return make(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A page with the part between its marks `<!-- name -->` and `<!-- /name -->` replaced. */
function between(page: string, name: string, part: string): string {
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [start, end] = [page.indexOf(open), page.indexOf(close)];
  if (start < 0 || end < start) throw new Error(`docs: the page has no ${open} ... ${close}`);
  return `${page.slice(0, start + open.length)}\n\n${part}\n\n${page.slice(end)}`;
}
