/** What the command line tells of runs that are there. */
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sslEdge } from "./command.ts";
import { tinyRun } from "./tinyRun.ts";

const folder = mkdtempSync(join(tmpdir(), "ssl-edge-runs-"));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (...names: string[]) => join(folder, ...names);
const a = at("run"); // of two steps
const b = at("more", "b"); // the same, with another seed and one step only

beforeAll(async () => {
  await tinyRun(folder);
  appendFileSync(at("run/metrics.jsonl"), '{"step":2,"epo'); // as if another line were being written
  cpSync(a, b, { recursive: true });
  rmSync(join(b, "checkpoints"), { recursive: true });
  const described = JSON.parse(readFileSync(join(b, "config.json"), "utf8"));
  described.config.seed = 77;
  writeFileSync(join(b, "config.json"), JSON.stringify(described));
  const [first] = readFileSync(join(b, "metrics.jsonl"), "utf8").split("\n");
  writeFileSync(join(b, "metrics.jsonl"), `${JSON.stringify({ ...JSON.parse(first), knn: 0.25 })}\n`);
  mkdirSync(at("empty"));
  mkdirSync(at("other"));
  writeFileSync(at("other/config.json"), '{"editor":{}}'); // some other program's
  writeFileSync(at("file"), "");
});

const json = async (...args: string[]) => {
  const { code, stdout, stderr } = await sslEdge(["runs", ...args, "--json"]);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout);
};
const rowsOf = (run: string): Record<string, number>[] =>
  readFileSync(join(run, "metrics.jsonl"), "utf8")
    .split("\n")
    .slice(0, run === a ? 2 : 1)
    .map((line) => JSON.parse(line));

test("ls: a line for each run, in folders of the folder too, and nothing of what is none", async () => {
  const { code, stdout } = await sslEdge(["runs", "ls", folder]);
  expect(code).toBe(0);
  const [head, ...lines] = stdout.trimEnd().split("\n");
  expect(head.split(/ +/)).toEqual([
    "run",
    "method",
    "encoder",
    "images",
    "steps",
    "loss",
    "knn",
    "age",
    "state",
  ]);
  const loss = (run: string) => rowsOf(run).at(-1)!.loss.toFixed(4);
  expect(lines.map((line) => line.split(/ {2,}/)).map((row) => row.toSpliced(7, 1))).toEqual([
    [b, "simclr", "resnet18", "64", "1/2", loss(b), "25.00 %", "nothing saved"],
    [a, "simclr", "resnet18", "64", "2/2", loss(a), "-", "finished"],
  ]);
  expect(await json("ls", at("empty"))).toEqual({ runs: [] });
  expect((await json("ls", folder)).runs.map((each: { run: string }) => each.run)).toEqual([b, a]);
});

test("show: config, the last step, checkpoints, and curves as a picture", async () => {
  const svg = at("pictures", "a.svg"); // the folder does not exist yet
  const { code, stdout } = await sslEdge(["runs", "show", a, "--out", svg]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^run +.*: 2\/2 steps, finished, \d+ \w+ ago$/m);
  expect(stdout).toMatch(/^encoder +name resnet18, width 4/m);
  expect(stdout).toMatch(/^loss +[▁▂▃▄▅▆▇█]{2}$/m);
  expect(stdout).toMatch(/^checkpoint +.*step-00000002\.safetensors, \d+\.\d MB$/m);
  const picture = readFileSync(svg, "utf8");
  expect(picture).toContain(">loss<");
  expect(picture).not.toContain("kNN"); // it was not measured
  const { last, checkpoints, config } = await json("show", a);
  expect(last).toEqual(rowsOf(a)[1]);
  expect(checkpoints).toMatchObject([{ step: 2, path: join(a, "checkpoints", "step-00000002.safetensors") }]);
  expect(config.encoder.width).toBe(4);
});

test("compare: the keys that differ, and one picture of all", async () => {
  const svg = at("both.svg");
  const { code, stdout } = await sslEdge(["runs", "compare", a, b, "--out", svg]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^seed +6 +77$/m);
  expect(stdout).toMatch(/^steps +2\/2 +1\/2$/m);
  expect(stdout).toMatch(/^best knn +- +25\.00 %$/m);
  const picture = readFileSync(svg, "utf8");
  for (const text of [a, b, "loss", "kNN accuracy, %"]) expect(picture).toContain(`>${text}</text>`);
  expect((await json("compare", a, b)).differing).toEqual({ seed: [6, 77] });
});

test("a run that a process is at work on is running, and looking leaves every lock as it is", async () => {
  const lock = join(a, "lock-0123456789abcdef");
  const held = async (pid: number, started?: string) => {
    const owner = { pid, host: hostname(), started, since: "2026-01-01T00:00:00.000Z" };
    writeFileSync(lock, JSON.stringify(owner));
    const [, run] = (await json("ls", folder)).runs;
    const { stdout } = await sslEdge(["runs", "show", a]);
    expect(JSON.parse(readFileSync(lock, "utf8"))).toEqual(JSON.parse(JSON.stringify(owner)));
    return [run.running, stdout];
  };
  expect(await held(process.pid)).toEqual([true, expect.stringMatching(/ 2\/2 steps, running, /)]);
  const past = await held(process.pid, "1"); // of a process that ended: another one has its number
  expect(past).toEqual([false, expect.stringMatching(/ 2\/2 steps, finished, /)]);
  rmSync(lock);
});

test("compare: of images that differ twelve digits are shown, and all are told to programs", async () => {
  const other = at("others");
  cpSync(b, other, { recursive: true });
  const described = JSON.parse(readFileSync(join(b, "config.json"), "utf8"));
  described.data.fingerprint = "ab".repeat(32);
  writeFileSync(join(other, "config.json"), JSON.stringify(described));
  const { stdout } = await sslEdge(["runs", "compare", b, other]);
  expect(stdout).toMatch(/^fingerprint +"" +"(ab){6}"$/m);
  expect((await json("compare", b, other)).differing).toEqual({ fingerprint: ["", "ab".repeat(32)] });
});

test.each([
  [
    "a folder that is no run",
    ["show", folder],
    1,
    /^ssl-edge: runs: .* is no run's folder: .*; npx ssl-edge runs ls <dir> lists runs\n$/,
  ],
  [
    "a folder that is not there",
    ["ls", at("nowhere")],
    1,
    /^ssl-edge: runs: there is no folder (.*nowhere); npx ssl-edge pretrain <recipe> --data <images> --out \1\/a makes a run\n$/,
  ],
  ["another picture", ["show", a, "--out", "a.png"], 2, /^ssl-edge: runs: the picture must end in \.svg/],
])("%s is refused", async (_, args, expected, message) => {
  const { code, stderr } = await sslEdge(["runs", ...args]);
  expect(code).toBe(expected);
  expect(stderr).toMatch(message);
});
