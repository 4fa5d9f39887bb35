/** How the comparison with PyTorch begins and ends, whatever Python there is: a script stands in for it where one must. */
import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Outcome, outcomeOf } from "../cli/command.ts";
import { archive } from "../cli/tinyRun.ts";
import { slopes } from "../core/data/images.ts";

const script = join(import.meta.dirname, "../../bench/parity/run.ts");
const folder = mkdtempSync(join(tmpdir(), "ssl-edge-parity-"));
afterAll(() => rmSync(folder, { recursive: true }));
let data: string;
beforeAll(async () => {
  const drawings = Array.from({ length: 16 }, (_, i) => [`${i % 2}/${i}.png`, slopes(8, 8, i)]);
  data = await archive(folder, "images.tar", Object.fromEntries(drawings));
});

const parity = (args: readonly string[], env = {}): Promise<Outcome> =>
  outcomeOf(
    spawn(process.execPath, [script, ...args], {
      stdio: ["ignore", "pipe", "pipe"],
      ...{ cwd: folder, env: { ...process.env, ...env } },
    }),
  );

/** A run of a step, with what a `python3` does when it is to train. */
function withPython(trains: string, ...more: string[]): Promise<Outcome> {
  const bin = join(folder, "bin");
  mkdirSync(bin, { recursive: true });
  const file = join(bin, "python3");
  writeFileSync(file, `#!/bin/sh\n[ "$1" = -c ] && exit 0\n${trains}\n`);
  chmodSync(file, 0o755);
  const small = ["batchSize=8", "method.projector.hidden=8"].flatMap((each) => ["--set", each]);
  const args = ["--data", data, "--test", data, "--width", "2", "--threads", "1", "--k", "3", ...small];
  return parity(["simclr", ...args, ...more], { PATH: `${bin}:${process.env.PATH}` });
}

describe("parity is refused in one line", () => {
  const both = () => ["--data", data, "--test", data];
  const cases: [what: string, args: () => string[], message: RegExp][] = [
    ["for nothing", () => [], /^it takes a method, --data and --test: .* --help tells more$/],
    ["for another method", () => ["simcl", ...both()], /^there is no method simcl; did you mean simclr\?; /],
    [
      "for a file that is not there",
      () => ["simclr", "--data", "no.tar", "--test", data],
      /^no\.tar does not exist$/,
    ],
    [
      "for a key that is none",
      () => ["simclr", ...both(), "--set", "encoder.widht=8"],
      /^config: encoder\.widht: there is no such key/,
    ],
    ["for a number that is none", () => ["simclr", ...both(), "--epochs", "x"], /^config: epochs: /],
    [
      "for another method's recipe",
      () => ["simclr", ...both(), "--recipe", "byol-cifar10"],
      /^byol-cifar10 is a recipe of byol, not of simclr$/,
    ],
    ["for an option that is none", () => ["simclr", ...both(), "--epoch", "1"], /^Unknown option '--epoch'/],
  ];
  test.each(cases)("%s", async (_, args, message) => {
    const { code, stdout, stderr } = await parity(args());
    expect(stderr).toMatch(/^parity: [^\n]+\n$/);
    expect(stderr.slice("parity: ".length, -1)).toMatch(message);
    expect([code, stdout]).toEqual([1, ""]);
    expect(existsSync(join(folder, "runs"))).toBe(false);
  });
});

test("parity --help tells how it is called", async () => {
  const { code, stdout, stderr } = await parity(["--help"]);
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(/^npx node bench\/parity\/run\.ts <method> --data /);
});

test("parity keeps its rows beside the runs, in a folder that it makes", async () => {
  const said = { seconds: [1, 2], untrained: { output: 0.25 }, trained: { output: 0.5 } };
  const trains = `echo '${JSON.stringify(said)}'`;
  for (const rows of [1, 2]) {
    const { code, stdout, stderr } = await withPython(trains, "--runs", "other");
    expect(code, stderr).toBe(0);
    expect(stdout.split("\n").filter((line) => line.startsWith("| simclr |"))).toHaveLength(rows);
  }
  const kept = JSON.parse(readFileSync(join(folder, "other/parity.json"), "utf8"));
  expect(kept[1]).toMatchObject({ method: "simclr", width: 2, torch: { ...said, seconds: 3 } });
});

test("parity names the signal that ended a program", async () => {
  const { code, stdout, stderr } = await withPython("kill -SEGV $$", "--results", "new/folder/rows.json");
  expect(stderr).toMatch(/^parity: python3 \S+train\.py --config \S+ was killed by SIGSEGV$/m);
  expect([code, stdout]).toEqual([1, ""]);
  expect(existsSync(join(folder, "new/folder"))).toBe(true);
});
