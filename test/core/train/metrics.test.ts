import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openMetrics } from "../../../core/train/metrics.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "metrics-"));
  path = join(folder, "metrics.jsonl");
});
afterEach(() => rmSync(folder, { recursive: true }));

const rows = (...steps: number[]) =>
  steps.map((step) => ({ step, epoch: 0, loss: 1 / (1 + step), rate: 0.1 }));
const lines = (...steps: number[]) =>
  rows(...steps)
    .map((row) => `${JSON.stringify(row)}\n`)
    .join("");

/** What a log holds that was opened for steps from `step` on and given these rows. */
async function logged(step: number, ...steps: number[]): Promise<string> {
  {
    await using log = await openMetrics(path, step);
    await log.append(rows(...steps));
    await log.append([]);
  }
  return readFileSync(path, "utf8");
}

test("a log has one line a step, in order", async () => {
  expect(await logged(0, 0, 1, 2)).toBe(lines(0, 1, 2));
});

test("a log that goes on keeps what lies before, and nothing of what will be done again", async () => {
  await logged(0, 0, 1, 2, 3, 4);
  expect(await logged(3, 3, 4, 5)).toBe(lines(0, 1, 2, 3, 4, 5));
});

test("a line that was cut short is done again", async () => {
  writeFileSync(path, lines(0, 1, 2).slice(0, -5));
  expect(await logged(2, 2, 3)).toBe(lines(0, 1, 2, 3));
});

test("a run from the start begins a log of its own", async () => {
  await logged(0, 0, 1, 2);
  expect(await logged(0, 0)).toBe(lines(0));
});
