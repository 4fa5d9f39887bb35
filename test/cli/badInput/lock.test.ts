/** Two processes and one run's folder. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { beforeAll, expect, test } from "vitest";
import { sslEdge } from "../command.ts";
import { expectRefusal, ownFolder, pngs, pretraining, refuse, write } from "./refusal.ts";

const root = ownFolder("lock");
const [data, run] = [join(root, "images"), join(root, "run")];
const LOCK = "lock-0123456789abcdef";
/** The locks on a run's folder. */
const locks = (run: string) =>
  (existsSync(run) ? readdirSync(run) : []).filter((name) => /^lock-\w+$/.test(name));
beforeAll(async () => {
  write(data, await pngs(32));
});

const long = pretraining(data, run, "--epochs", "2000", "--resume");
const short = (out: string) => pretraining(data, out, "--resume");

test("a second process is refused while the first one runs, by its number; killed, that one is taken over", async () => {
  const first = spawn(process.execPath, ["cli/index.ts", ...long], { stdio: "ignore" });
  const ended = once(first, "close");
  while (!locks(run).length) await setTimeout(20);
  const { pid, host } = JSON.parse(readFileSync(join(run, locks(run)[0]), "utf8"));
  expect([pid, host]).toEqual([first.pid, hostname()]);
  expectRefusal(
    await sslEdge(long),
    new RegExp(
      `^pretrain: .*run is in use by process ${pid} since 2\\S+Z; wait for it, or choose another --out$`,
    ),
  );
  first.kill("SIGKILL");
  await ended;
  expect(locks(run)).toHaveLength(1);

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
  expect(locks(join(root, "b"))).toEqual([]);
});

const alive = { pid: process.pid, host: hostname(), since: "2026-01-01T00:00:00.000Z" };
const ended = () => spawnSync("true").pid;
/** As of a process that never was: another one may have its number by now. */
const past = { ...alive, started: "1" };

test.each([
  ["of a process that has ended", () => JSON.stringify({ ...past, pid: ended() })],
  ["of another process that had this number", () => JSON.stringify(past)],
  ["that a process left as it was killed, empty", () => ""],
  ["that says nothing", () => "{}"],
])("a lock %s is taken over, and gone at the end", async (_, text) => {
  const out = write(join(root, "stale"), { [LOCK]: text() });
  const { code, stderr } = await sslEdge(short(out));
  expect(code, stderr).toBe(0);
  expect(locks(out)).toEqual([]);
});

test("a lock of another host is respected, and the error says what to remove", async () => {
  const out = join(root, "elsewhere");
  write(out, { [LOCK]: JSON.stringify({ ...alive, host: "gpu-7" }) });
  await refuse(
    root,
    short(out),
    /^pretrain: .*elsewhere is in use by process \d+ on gpu-7 since 2026-01-01T00:00:00\.000Z; if it has ended, remove .*elsewhere\/lock-\w+$/,
  );
});
