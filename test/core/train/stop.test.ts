/** A run that is asked to stop finishes its step, saves and resolves; resumed, it ends as if it had not been asked. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { Backend } from "../../../core/backend.ts";
import { readCheckpoint } from "../../../core/train/checkpoint.ts";
import { type PretrainOptions, pretrain } from "../../../core/train/pretrain.ts";
import { openBackend } from "../../../core-as/node.ts";
import { clusters } from "../methods/clusters.ts";
import { lit } from "../methods/runs.ts";
import { breaking } from "./methods.ts";
import { bitsOf, tiny } from "./runs.ts";

let backend: Backend;
let folder: string;
beforeAll(async () => {
  backend = await openBackend({ threads: 1 });
});
afterAll(() => backend.close());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "stop-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const images = lit(80); // 5 steps of 16 an epoch
const config = tiny({ batchSize: 16, epochs: 3 });

/** Runs in a folder until so many steps are done, or to the end; resolves to the steps done. */
async function run(out: string, until = Infinity, more: Partial<PretrainOptions> = {}): Promise<number> {
  const controller = new AbortController();
  if (until === 0) controller.abort();
  const training = await pretrain({
    ...{ config, images, backend, out: join(folder, out), resume: true, signal: controller.signal },
    onStep({ step }) {
      if (step === until - 1) controller.abort(); // while the next one is under way, for all that it can tell
    },
    ...more,
  });
  training.free();
  return training.step;
}
const metricsOf = (out: string) => readFileSync(join(folder, out, "metrics.jsonl"), "utf8");
const bits = async (out: string) => bitsOf((await readCheckpoint(join(folder, out))).tensors);

test.each([
  ["without hooks", {}],
  [
    "that orders its epochs by clusters",
    { method: clusters(), config: { ...config, method: { name: "clusters" } } },
  ],
])("a method %s: stopped inside epochs and resumed, a run has the same bits and lines", async (_, more) => {
  expect(await run("whole", undefined, more)).toBe(15);
  for (const step of [3, 9]) {
    expect(await run("stopped", step, more)).toBe(step);
    expect((await readCheckpoint(join(folder, "stopped"))).step).toBe(step);
    expect(metricsOf("stopped").trimEnd().split("\n")).toHaveLength(step);
  }
  expect(await run("stopped", undefined, more)).toBe(15);
  expect(await bits("stopped")).toEqual(await bits("whole"));
  expect(metricsOf("stopped")).toBe(metricsOf("whole"));
});

test("asked before its first step, a run does none and saves nothing", async () => {
  expect(await run("early", 0)).toBe(0);
  expect(existsSync(join(folder, "early", "checkpoints"))).toBe(false);
  expect(await run("early", 2)).toBe(2); // and it can go on
  expect(await run("early", 0)).toBe(2);
});

test("a step whose loss is no number is not saved, though it is asked to stop there", async () => {
  const method = breaking({ loss: 2 });
  const own = { method, config: { ...config, method: { name: "breaking" } } };
  await expect(run("broken", 3, own)).rejects.toThrow("at step 2");
  expect(existsSync(join(folder, "broken", "checkpoints"))).toBe(false);
});

test("a run that saved nothing is begun anew, whatever it was, and without being asked to resume", async () => {
  const method = breaking({ loss: 2 });
  const own = { method, config: { ...config, method: { name: "breaking" } } };
  await expect(run("failed", undefined, own)).rejects.toThrow("at step 2");
  expect(metricsOf("failed")).not.toBe("");
  const other = { images: { ...images, fingerprint: "f".repeat(64) } };
  for (const resume of [false, true]) {
    rmSync(join(folder, "failed", "checkpoints"), { recursive: true, force: true });
    expect(await run("failed", undefined, { ...other, resume })).toBe(15);
  }
  expect(await run("whole")).toBe(15);
  expect(metricsOf("failed")).toBe(metricsOf("whole"));
  const { data, ...about } = JSON.parse(readFileSync(join(folder, "failed", "config.json"), "utf8"));
  expect([data.fingerprint, about.config.method.name]).toEqual(["f".repeat(64), "simclr"]);
});

test("a run that saved something is not begun anew, nor gone on with by other images: the line says what to do", async () => {
  const of = (digit: string) => ({ images: { ...images, fingerprint: digit.repeat(64) } });
  await run("saved", 3, of("a"));
  await expect(run("saved", 3, { ...of("a"), resume: false })).rejects.toThrow(
    /^pretrain: \S+saved holds a run already; add --resume to go on with it, or choose another --out$/,
  );
  await expect(run("saved", 3, of("b"))).rejects.toThrow(
    /^pretrain: cannot resume \S+saved, since this run differs from it: data\.fingerprint was "a{12}", now "b{12}"; give what it was started with, or choose another --out$/,
  );
});

test("a folder whose config.json is another program's is left alone", async () => {
  mkdirSync(join(folder, "other"));
  writeFileSync(join(folder, "other", "config.json"), '{"editor":{}}');
  await expect(run("other", 3, { resume: false })).rejects.toThrow(
    "config.json is damaged; choose another --out",
  );
});
