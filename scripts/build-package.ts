/**
 * Writes the package to dist/, or to the folder given: the sources compiled one to one by scripts/package.tsconfig.json, beside
 * them what they find by import.meta.url, and a manifest that points to what was compiled. `npm pack ./dist` packs it.
 */
import { spawnSync } from "node:child_process";
import { cpSync, globSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

const root = join(import.meta.dirname, "..");
const out = resolve(process.argv[2] ?? join(root, "dist"));

/** What lies in the package as it lies here. */
const COPIED = [
  "cli/bin.js",
  "core-as/build/*.wasm",
  "core-wgsl/kernels/*.wgsl",
  "core/recipes/*.json",
  "core/recipe.schema.json",
  "ARCHITECTURE.md",
  "LICENSE",
  "README.md",
  "README.zh-CN.md",
  "docs/*.*",
  "docs/methods/*.md",
];

/** In a clone the exports are TypeScript, which Node does not run inside node_modules. */
const compiled = (target: string) =>
  target.endsWith(".ts")
    ? { types: target.replace(/\.ts$/, ".d.ts"), default: target.replace(/\.ts$/, ".js") }
    : target;

if (!process.argv[2]) rmSync(out, { recursive: true, force: true }); // what was compiled of sources since removed
const tsc = join(root, "node_modules/typescript/bin/tsc");
const project = join(root, "scripts/package.tsconfig.json");
const { status } = spawnSync(process.execPath, [tsc, "--project", project, "--outDir", out], {
  stdio: "inherit",
});
if (status !== 0) process.exit(1);

for (const pattern of COPIED) {
  const files = globSync(pattern, { cwd: root });
  if (files.length === 0) throw new Error(`build-package: nothing is ${pattern}; run npm ci first`);
  for (const file of files) cpSync(join(root, file), join(out, file));
}

const {
  scripts,
  devDependencies,
  allowScripts,
  private: _,
  exports,
  ...manifest
} = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const entries = Object.entries<string>(exports).map(([name, target]) => [name, compiled(target)]);
const published = { ...manifest, types: "./index.d.ts", exports: Object.fromEntries(entries) };
writeFileSync(join(out, "package.json"), `${JSON.stringify(published, null, 2)}\n`); // over the one that tsc copies
