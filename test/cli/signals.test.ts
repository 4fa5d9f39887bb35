/** Commands that are asked to end: training saves first, all else ends at once. */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readCheckpoint } from "../../core/train/checkpoint.ts";
import { noise, slopes } from "../core/data/images.ts";
import { bitsOf } from "../core/train/runs.ts";
import { outcomeOf, sslEdge } from "./command.ts";
import { archive, tinyRun } from "./tinyRun.ts";

const folder = mkdtempSync(join(tmpdir(), "ssl-edge-signals-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string) => join(folder, name);

let data = "";
beforeAll(async () => {
  const drawn = Array.from({ length: 66 }, (_, i) => [
    `set/${i % 2}/${i}.png`,
    i % 2 ? slopes(32, 32, 2 * i) : noise(32, 32, i),
  ]);
  data = await archive(folder, "images.tar", Object.fromEntries(drawn));
});

const pretrain = (out: string, ...more: string[]) => [
  ...["pretrain", "simclr-cifar10", "--data", data, "--out", at(out), "--backend", "as", "--threads", "1"],
  ...["--set", "encoder.width=4", "--batch-size", "4", "--epochs", "4", "--seed", "5", ...more],
];
const STEPS = 64; // 16 an epoch
/** Arguments of a run whose steps take seconds. */
const slow = (out: string) => pretrain(out, "--set", "encoder.width=64", "--batch-size", "32"); // two an epoch
const TRAINS = /^training {2}1\//m; // a first step is done

const eventsOf = (out: string) => readdirSync(at(out)).filter((name) => name.includes("tfevents"));
const linesOf = (out: string) => readFileSync(at(`${out}/metrics.jsonl`), "utf8");
const bits = async (out: string) => bitsOf((await readCheckpoint(at(out))).tensors);

test.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)(
  "%s in training finishes the step, saves, and exits with %i; resumed, the bits are the same",
  async (signal, expected) => {
    const [whole, stopped] = [`${signal}-whole`, `${signal}-stopped`];
    const undisturbed = await sslEdge(pretrain(whole, "--json"));
    expect(undisturbed.code, undisturbed.stderr).toBe(0);
    const { seconds, loss, ...about } = JSON.parse(undisturbed.stdout);
    expect(about).toEqual({
      ...{ run: at(whole), step: STEPS, steps: STEPS, epoch: 4, epochs: 4 },
      checkpoint: join(at(whole), "checkpoints", "step-00000064.safetensors"),
    });
    expect(seconds).toBeGreaterThan(0);
    expect(loss).toBe(JSON.parse(linesOf(whole).trimEnd().split("\n").at(-1)!).loss);

    const send = [{ signal, once: TRAINS }];
    const first = await sslEdge(pretrain(stopped, "--json"), { send });
    expect(first.code, first.stderr).toBe(expected);
    const { step, checkpoint, ...rest } = JSON.parse(first.stdout);
    expect(rest).toMatchObject({ steps: STEPS, stopped: signal });
    expect(step).toBeLessThan(STEPS);
    expect((await readCheckpoint(checkpoint)).step).toBe(step);
    expect(linesOf(stopped).trimEnd().split("\n")).toHaveLength(step);
    const last = first.stderr.trimEnd().split("\n").at(-1)!;
    expect(last).toMatch(
      /^ssl-edge: stopped at step \d+\/64, which .* holds; go on by: npx ssl-edge pretrain .* --resume$/,
    );

    const again = last.split("go on by: npx ssl-edge ")[1].split(" "); // nothing in it is quoted
    expect((await sslEdge(again)).code).toBe(0);
    expect(await bits(stopped)).toEqual(await bits(whole));
    expect(linesOf(stopped)).toBe(linesOf(whole));
    expect([whole, stopped].map((out) => eventsOf(out).length)).toEqual([1, 2]); // steps of one file never go back
  },
);

test("a second signal in training ends it at once, with its own code and nothing saved", async () => {
  const send = [
    { signal: "SIGINT", once: TRAINS },
    { signal: "SIGTERM", after: 100 },
  ] as const;
  const { code, stderr } = await sslEdge(slow("twice"), { send: [...send] });
  expect(code, stderr).toBe(143);
  expect(stderr).not.toContain("stopped");
  expect(existsSync(at("twice/checkpoints/latest"))).toBe(false); // unless the step of seconds ended meanwhile
});

test.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)(
  "%s while images are loaded, or measured, ends the command at once with %i",
  async (signal, expected) => {
    const send = [{ signal, once: /^loading/m }];
    const loading = await sslEdge(pretrain("early"), { send });
    expect(loading.code, loading.stderr).toBe(expected);
    expect(existsSync(at("early/checkpoints"))).toBe(false);
    const run = await tinyRun(at(signal));
    const measuring = await sslEdge(["eval", "knn", run, "--train", data, "--test", data, "--json"], {
      send,
    });
    expect(measuring).toMatchObject({ code: expected, stdout: "" });
  },
);

test("under npm, whose shell dies of the signal and leaves the command behind, it stops and saves", async () => {
  const words = [process.execPath, "cli/index.ts", ...pretrain("orphan", "--epochs", "400", "--no-tfevents")];
  const shell = spawn("sh", ["-c", `${words.join(" ")}; exit $?`], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, npm_lifecycle_event: "npx" },
  });
  const { stderr } = await outcomeOf(shell, [{ signal: "SIGTERM", once: TRAINS, after: 300 }]);
  expect(stderr).toMatch(/^ssl-edge: stopped at step \d+\/6400/m);
  expect((await readCheckpoint(at("orphan"))).step).toBeGreaterThan(0);
  expect(eventsOf("orphan")).toEqual([]);
});
