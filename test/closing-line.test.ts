import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, it } from "vitest";

/** The last line that vitest prints for these test files, run with the reporter under test. */
function lastLine(files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), "closing-line-"));
  for (const [name, source] of Object.entries(files)) writeFileSync(join(root, name), source);
  const vitest = resolve("node_modules/vitest/vitest.mjs");
  const reporters = ["--reporter=default", `--reporter=${resolve("test/closing-line.ts")}`];
  const options = [`--root=${root}`, "--globals", "--maxWorkers=1", ...reporters];
  const log = openSync(join(root, "log"), "w"); // one file for both streams, as a terminal has them
  spawnSync(process.execPath, [vitest, "run", ...options], { stdio: ["ignore", log, log] });
  closeSync(log);
  const printed = readFileSync(join(root, "log"), "utf8");
  rmSync(root, { recursive: true });
  return printed.trimEnd().split("\n").at(-1)!;
}

it("counts passed, failed and skipped tests", () => {
  const source =
    'test("a", () => {}); test("b", () => { throw 1; }); test.skip("c", () => {}); test("d", () => {});';
  expect(lastLine({ "a.test.js": source })).toBe("2 passed, 1 failed, 1 skipped");
});

it("counts what fails outside of tests: a file that does not load, a hook, an error nobody caught", () => {
  const files = {
    "a.test.js": 'import "./nowhere.js"; test("never reached", () => {});',
    "b.test.js": 'afterAll(() => { throw new Error("hook"); }); test("passes", () => {});',
    "c.test.js": 'test("passes", () => { Promise.reject(new Error("nobody waits")); });',
  };
  expect(lastLine(files)).toBe("2 passed, 3 failed");
});
