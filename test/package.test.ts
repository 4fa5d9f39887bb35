/** The package as it is published: built, packed, installed by npm in an empty folder, and used there. */
import { execFile, execFileSync, spawnSync } from "node:child_process";
import {
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import * as library from "../index.ts";
import { drawData, program } from "./readme.ts";

const root = join(import.meta.dirname, "..");
const folder = mkdtempSync(join(tmpdir(), "ssl-edge-package-"));
afterAll(() => rmSync(folder, { recursive: true }));
const app = join(folder, "app"); // where it is installed
const installed = join(app, "node_modules/ssl-edge");

// Nothing of the clone is on the path but the Node that runs this.
const machine = process.env.PATH!.split(delimiter).filter((each) => !each.startsWith(root));
const env = { ...process.env, PATH: [dirname(process.execPath), ...machine].join(delimiter) };
const run = (file: string, ...args: string[]) => promisify(execFile)(file, args, { cwd: app, env });
const sslEdge = (...args: string[]) => run(join(app, "node_modules/.bin/ssl-edge"), ...args);

let tarball: string;
beforeAll(async () => {
  mkdirSync(app);
  const built = join(folder, "built");
  await run(process.execPath, join(root, "scripts/build-package.ts"), built);
  await run("npm", "pack", built, "--pack-destination", folder);
  tarball = join(folder, globSync("*.tgz", { cwd: folder })[0]);
  await run("npm", "install", "--no-audit", "--no-fund", "--prefer-offline", tarball);
  await drawData(app);
}); // npm may have to fetch Dawn, of 40 MB

test("holds all that runs and its types, and no sources", () => {
  const here = (pattern: string) => globSync(pattern, { cwd: root });
  const sources = [
    ...["index.ts", "requireNode.ts", "core-as/*.ts"].flatMap(here),
    ...here("{core,core-wgsl,server,cli}/**/*.ts"),
  ].map((file) => file.replace(/\.ts$/, ""));
  const expected = [
    ...sources.flatMap((stem) => [`${stem}.js`, `${stem}.d.ts`]),
    ...[
      "core-as/build/*.wasm",
      "core-wgsl/kernels/*.wgsl",
      "core/recipes/*.json",
      "docs/*.*",
      "docs/methods/*.md",
    ].flatMap(here),
    ...["ARCHITECTURE.md", "LICENSE", "README.md", "README.zh-CN.md"],
    ...["cli/bin.js", "core/recipe.schema.json", "package.json"],
  ];
  const found = readdirSync(installed, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(installed.length + 1));
  expect(found.sort()).toEqual(expected.sort());
  expect(found.filter((file) => file.endsWith(".wasm"))).toContain("core-as/build/relaxed-threads.wasm");
  expect(statSync(tarball).size).toBeLessThan(1.5e6);
});

test("brings at most ten packages, none of them a tool", () => {
  const { dependencies, optionalDependencies, ...manifest } = JSON.parse(
    readFileSync(join(installed, "package.json"), "utf8"),
  );
  expect(Object.keys({ ...dependencies, ...optionalDependencies }).length).toBeLessThanOrEqual(10);
  expect(manifest).not.toHaveProperty("devDependencies");
  expect(manifest).not.toHaveProperty("scripts"); // which npm would run
  expect(manifest).not.toHaveProperty("private");
  for (const tool of ["typescript", "assemblyscript", "vitest", "node"])
    expect(existsSync(join(app, "node_modules", tool)), tool).toBe(false);
});

test("npm pack in a clone says how the package is packed", () => {
  const { status, stderr } = spawnSync("npm", ["pack", root], { cwd: folder, encoding: "utf8" });
  expect(stderr).toContain("ssl-edge: npm run package packs it, of dist/");
  expect(status).not.toBe(0);
});

test("its command trains, measures and extracts", async () => {
  const { stdout } = await run("npx", "--no", "ssl-edge", "doctor", "--json");
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  expect(JSON.parse(stdout)).toMatchObject({ version, node: process.version, as: { simd: "relaxed" } });

  const as = ["--backend", "as", "--threads", "2"];
  const [train, test] = ["train", "test"].map((name) => `data/cifar10/${name}.tar`);
  const tiny = ["--set", "encoder.width=4", "--batch-size", "32", "--epochs", "1"];
  await sslEdge("pretrain", "simclr-cifar10", "--data", train, "--out", "runs/a", ...tiny, ...as);
  const knn = await sslEdge("eval", "knn", "runs/a", "--train", train, "--test", test, "--k", "5", ...as);
  expect(knn.stdout).toMatch(/\b(0\.\d+|1(\.0+)?)\b/);
  await sslEdge("extract", "runs/a", "--data", test, "--out", "as.npy", ...as);
  await sslEdge("extract", "runs/a", "--data", test, "--out", "wgsl.npy", "--backend", "wgsl");
  for (const file of ["as.npy", "wgsl.npy"])
    expect(readFileSync(join(app, file)).toString("latin1", 0, 128)).toContain("(10, 32)");
});

test("its exports are the clone's", async () => {
  const names = `
    import * as library from "ssl-edge";
    import recipe from "ssl-edge/recipes/simclr-cifar10.json" with { type: "json" };
    import schema from "ssl-edge/recipe.schema.json" with { type: "json" };
    import manifest from "ssl-edge/package.json" with { type: "json" };
    console.log(JSON.stringify([Object.keys(library).sort(), recipe.method.name, typeof schema, manifest.name]));
  `;
  const { stdout } = await run(process.execPath, "--input-type=module", "--eval", names);
  expect(JSON.parse(stdout)).toEqual([Object.keys(library).sort(), "simclr", "object", "ssl-edge"]);
});

test("README's program compiles against its types, strictly, and runs", async () => {
  writeFileSync(join(app, "program.ts"), program);
  writeFileSync(
    join(app, "misuse.ts"),
    `import { knn, openBackend } from "ssl-edge";
    const backend = await openBackend();
    // @ts-expect-error: there is no such backend
    await openBackend({ backend: "cuda" });
    // @ts-expect-error: features are missing
    await knn(backend);
    `,
  );
  const compilerOptions = {
    ...{ target: "es2024", lib: ["es2024", "dom"], module: "nodenext", types: [] },
    ...{ strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true },
    ...{ skipLibCheck: false, noEmit: true },
  };
  writeFileSync(join(app, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }));
  writeFileSync(join(app, "package.json"), JSON.stringify({ type: "module" }));
  const tsc = spawnSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc")], { cwd: app });
  expect(tsc.stdout.toString()).toBe("");
  expect(tsc.status).toBe(0);

  const { stdout } = await run(process.execPath, "program.ts");
  expect(stdout.trim().split("\n").at(-1)).toMatch(/^kNN accuracy (0\.\d+|1)$/);
});

/** This Node, said to be an old one; and where the machine's own is too old, that one. */
const oldNodes = [
  [
    "v20.0.0, pretended",
    process.execPath,
    "--import",
    'data:text/javascript,Object.defineProperty(process,"version",{value:"v20.0.0"})',
  ],
  ...machine
    .map((each) => join(each, "node"))
    .filter((file) => existsSync(file))
    .map((file) => [execFileSync(file, ["--version"], { encoding: "utf8" }).trim(), file])
    .filter(([version]) => parseInt(version.slice(1), 10) < 24)
    .slice(0, 1),
];

test.each(oldNodes)("an older Node is refused in one line: %s", (said, node, ...options) => {
  const start = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(node, [...options, ...args], { cwd: app, encoding: "utf8" });
    return { status, stdout, stderr };
  };
  const refusal = `ssl-edge: needs Node 24 or newer; this is ${said.split(",")[0]}; get it from https://nodejs.org`;
  const more = (finder: string) => `, or by npm install node@24, which ${finder}\n`;

  const cli = start("node_modules/ssl-edge/cli/bin.js", "doctor");
  expect(cli).toEqual({ status: 1, stdout: "", stderr: refusal + more("npx ssl-edge finds") });

  const caught = start("--eval", 'import("ssl-edge").catch(({ message }) => console.log(message))');
  expect(caught).toEqual({ status: 0, stdout: refusal + more("npx node runs"), stderr: "" });
  const uncaught = start("--input-type=module", "--eval", 'import { knn } from "ssl-edge"; knn();');
  expect(uncaught).toMatchObject({ status: 1, stdout: "" });
  expect(uncaught.stderr).toContain(`Error: ${refusal}`);
});
