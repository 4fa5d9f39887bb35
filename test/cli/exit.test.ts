/** What the command line says where it was asked for wrongly, and how it ends. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { sslEdge } from "./command.ts";

const folder = mkdtempSync(join(tmpdir(), "ssl-edge-exit-"));
afterAll(() => rmSync(folder, { recursive: true }));
const out = join(folder, "run");
const pretrain = ["pretrain", "simclr-cifar10", "--data", "no.tar", "--out", out];

test.each<[string, string[], number, RegExp]>([
  ["what was asked for", ["recipes"], 0, /^$/],
  ["help", ["--help"], 0, /^$/],
  ["the version", ["--version"], 0, /^$/],
  ["a file that is not there", pretrain, 1, /^ssl-edge: .*no\.tar/],
  ["a run that is not there", ["runs", "show", out], 1, /^ssl-edge: runs: .*run is no run's folder/],
  ["no command", [], 2, /Usage: ssl-edge/],
  [
    "a misspelt command",
    ["pretrian"],
    2,
    /^ssl-edge: unknown command 'pretrian'\n\(Did you mean pretrain\?\)/,
  ],
  ["a misspelt protocol", ["eval", "kn"], 2, /^ssl-edge: unknown command 'kn'\n\(Did you mean knn\?\)/],
  ["a misspelt subcommand", ["recipes", "shw"], 2, /^ssl-edge: unknown command 'shw'; did you mean show\?/],
  [
    "a misspelt option",
    [...pretrain, "--epoch", "3"],
    2,
    /^ssl-edge: unknown option '--epoch'\n\(Did you mean --epochs\?\)/,
  ],
  [
    "a misspelt option that is required",
    ["pretrain", "simclr-cifar10", "--dta", "no.tar", "--out", out],
    2,
    /^ssl-edge: required option '--data <path...>' not specified; there is no --dta, did you mean --data\?\n\(npx ssl-edge pretrain --help/,
  ],
  ["a value out of range", [...pretrain, "--epochs", "0"], 2, /^ssl-edge: .*a whole number from 1 on/],
  [
    "an unknown setting",
    [...pretrain, "--set", "epoch=3"],
    2,
    /^ssl-edge: config: epoch: .*did you mean epochs\?/,
  ],
  [
    "a setting without a value",
    [...pretrain, "--set", "epochs"],
    2,
    /^ssl-edge: config: --set takes key\.path=value/,
  ],
])("%s: %j exits with %i", async (_, args, expected, message) => {
  const { code, stderr } = await sslEdge(args);
  expect(code).toBe(expected);
  expect(stderr).toMatch(message);
  expect(stderr).not.toMatch(/^\s+at /m);
});

test("--help shows how to begin and what exit codes mean; each command's help has examples", async () => {
  const { stdout } = await sslEdge(["--help"]);
  for (const command of ["pretrain", "eval knn", "extract"])
    expect(stdout).toContain(`\n  ssl-edge ${command} `);
  expect(stdout).toMatch(/Exit codes:\n +0 +done\n +1 +failed\n +2 +asked for wrongly.*\n +130 .*\n +143 /);
  const commands = [...stdout.split("Commands:")[1].matchAll(/^ {2}(\w+)[ |]/gm)].map(([, name]) => name);
  expect(commands).toContain("runs");
  for (const name of commands.filter((name) => name !== "help" && name !== "ssl"))
    expect((await sslEdge([name, "--help"])).stdout, name).toMatch(/Examples?:\n {2}ssl-edge /);
});
