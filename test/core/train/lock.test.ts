import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, expect, test } from "vitest";
import { lockRun } from "../../../core/train/lock.ts";

const run = mkdtempSync(join(tmpdir(), "ssl-edge-lock-"));
afterAll(() => rmSync(run, { recursive: true, force: true }));

test("of many that want a folder at once, where a process died, one has it at a time and one at least gets it", async () => {
  let [holders, most, had] = [0, 0, 0];
  async function contend(): Promise<void> {
    const release = await lockRun(run).catch((error: Error) => {
      expect(error.message).toMatch(/^pretrain: .* is in use by process \d+ since /);
    });
    if (!release) return;
    most = Math.max(most, ++holders);
    had++;
    await setTimeout(20);
    holders--;
    await release();
  }
  for (let round = 1; round <= 10; round++) {
    const dead = { pid: process.pid, host: hostname(), started: "1", since: "2026-01-01T00:00:00.000Z" };
    writeFileSync(join(run, "lock-0123456789abcdef"), JSON.stringify(dead));
    await Promise.all(Array.from({ length: 5 }, contend));
    expect(had).toBeGreaterThanOrEqual(round);
    expect(readdirSync(run)).toEqual([]);
  }
  expect(most).toBe(1);
});
