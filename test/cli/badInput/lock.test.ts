/** Two processes and one run's folder. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { beforeAll, expect, test } from "vitest";
import { sslEdge } from "../command.ts";
import { expectRefusal, ownFolder, pngs, pretraining, refuse, write } from "./refusal.ts";

const root = ownFolder("lock");
const [data, run] = [join(root, "images"), join(root, "run")];
const lock = join(run, "lock");
beforeAll(async () => {
  write(data, await pngs(32));
});

const long = pretraining(data, run, "--epochs", "2000", "--resume");
const short = (out: string) => pretraining(data, out, "--resume");

test("a second process is refused while the first one runs, by its number; killed, that one is taken over", async () => {
  const first = spawn(process.execPath, ["cli/index.ts", ...long], { stdio: "ignore" });
  const ended = once(first, "close");
  while (!existsSync(lock) || readFileSync(lock, "utf8") === "") await setTimeout(20);
  const { pid, host } = JSON.parse(readFileSync(lock, "utf8"));
  expect([pid, host]).toEqual([first.pid, hostname()]);
  expectRefusal(
    await sslEdge(long),
    new RegExp(
      `^pretrain: .*run is in use by process ${pid} since 2\\S+Z; wait for it, or choose another --out$`,
    ),
  );
  first.kill("SIGKILL");
  await ended;
  expect(existsSync(lock)).toBe(true);

  const third = await sslEdge(long, { killAfter: 500 });
  expect(third.stderr).toMatch(/^backend /m); // it trained
});

test("of two that begin at once, one trains", async () => {
  const both = await Promise.all([sslEdge(short(join(root, "b"))), sslEdge(short(join(root, "b")))]);
  const ended = both.filter(({ code }) => code === 0);
  const refused = both.filter(({ code }) => code === 1);
  expect(ended.length).toBeGreaterThanOrEqual(1); // the other one may come when it has ended, and finds it done
  for (const each of refused) expectRefusal(each, /is in use by process \d+/);
  expect(ended.length + refused.length).toBe(2);
  expect(existsSync(join(root, "b", "lock"))).toBe(false);
});

const alive = { pid: process.pid, host: hostname(), since: "2026-01-01T00:00:00.000Z" };
const ended = () => spawnSync("true").pid;

test.each([
  ["of a process that has ended", () => JSON.stringify({ ...alive, pid: ended() })],
  ["of another process that had this number", () => JSON.stringify({ ...alive, started: "1" })],
  ["that a process left as it was killed, empty", () => ""],
  ["that says nothing", () => "{}"],
])("a lock %s is taken over, and gone at the end", async (_, text) => {
  const out = write(join(root, "stale"), { lock: text() });
  const { code, stderr } = await sslEdge(short(out));
  expect(code, stderr).toBe(0);
  expect(existsSync(join(out, "lock"))).toBe(false);
});

test("a lock of another host is respected, and the error says what to remove", async () => {
  const out = join(root, "elsewhere");
  write(out, { lock: JSON.stringify({ ...alive, host: "gpu-7" }) });
  await refuse(
    root,
    short(out),
    /^pretrain: .*elsewhere is in use by process \d+ on gpu-7 since 2026-01-01T00:00:00\.000Z; if it has ended, remove .*elsewhere\/lock$/,
  );
});
