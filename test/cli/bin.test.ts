import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bin-"));
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  copyFileSync("cli/bin.js", join(folder, "bin.js"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const program = 'const said: string = "runs " + process.argv.slice(2).join(" "); console.log(said);';

/** Runs the command in the folder, under a Node that gives this as its version. */
function run(version: string) {
  const pretend = `data:text/javascript,Object.defineProperty(process,"version",{value:"${version}"})`;
  const options = ["--import", pretend, join(folder, "bin.js"), "doctor", "--json"];
  const { status, stdout, stderr } = spawnSync(process.execPath, options, { encoding: "utf8" });
  return { status, stdout, stderr };
}

it("runs index.ts in a clone, with its arguments", () => {
  writeFileSync(join(folder, "index.ts"), program);
  expect(run("v24.0.0")).toEqual({ status: 0, stdout: "runs doctor --json\n", stderr: "" });
});

it("runs index.js in the published package", () => {
  writeFileSync(join(folder, "index.js"), program.replace(": string", ""));
  expect(run("v26.1.0")).toEqual({ status: 0, stdout: "runs doctor --json\n", stderr: "" });
});

it("refuses an older Node in one line, and says how to get a newer one", () => {
  const refusal = "ssl-edge: needs Node 24 or newer; this is v20.20.2";
  writeFileSync(join(folder, "index.js"), program.replace(": string", ""));
  const remedy = "; get it from https://nodejs.org, or by npm install node@24, which npx ssl-edge finds";
  expect(run("v20.20.2")).toEqual({ status: 1, stdout: "", stderr: `${refusal}${remedy}\n` });
  writeFileSync(join(folder, "index.ts"), program);
  const hint = "; after npm ci, run it through npx ssl-edge, which brings its own";
  expect(run("v20.20.2")).toEqual({ status: 1, stdout: "", stderr: `${refusal}${hint}\n` });
});
