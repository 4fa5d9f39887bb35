import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { readdir, readFile, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { notWritten, writeAtomically } from "./files.ts";
import { isRecord } from "./records.ts";

/** Who holds a run's folder. */
interface Owner {
  pid: number;
  host: string;
  /** When the process was started, in the system's ticks since its own start: a later process may have the same pid. */
  started?: string;
  /** When it took the folder. */
  since: string;
}

/** Milliseconds that a lock of another process is looked at before it is taken to stay; older ones are at once. */
const PATIENCE = 1000;

/** Of a lock, whose name no other ever has: what is found under it and removed is one and the same. */
const NAME = /^lock-[0-9a-f]+$/;

/**
 * Takes a run's folder for this process: `<run>/lock-<digits>` tells which, and goes with the function that is returned.
 *
 * Each writes a lock of its own, then looks for others: of two, the later to look sees the other's. It withdraws, and so may both;
 * then they try again. A lock whose process has ended is removed. Rejects where another process holds the folder, naming
 * that; one of another host counts as running.
 */
export async function lockRun(run: string): Promise<() => Promise<void>> {
  const own = `lock-${randomBytes(8).toString("hex")}`;
  const path = join(run, own);
  const about = { pid: process.pid, host: hostname(), started: startOf(process.pid) };
  const release = () => rm(path, { force: true });
  const begun = Date.now();
  for (;;) {
    let other = await holder(run, own);
    if (!other) {
      const owner: Owner = { ...about, since: new Date().toISOString() };
      await writeAtomically("pretrain", path, [new TextEncoder().encode(JSON.stringify(owner))]);
      other = await holder(run, own);
      if (!other) return release;
      await release();
    }
    const now = Date.now();
    if (now - begun > PATIENCE || now - Date.parse(other.owner.since) > PATIENCE) throw held(run, other);
    await setTimeout(10 + 90 * Math.random()); // it may only have been looking
  }
}

/** Whether a running process has a run's folder. It only looks: what processes that ended left stays. */
export async function isHeld(run: string): Promise<boolean> {
  for await (const { owner } of locksOn(run)) if (owner) return true;
  return false;
}

/** Rejects as `lockRun` does where a running process has a run's folder. It only looks. */
export async function checkUnheld(run: string): Promise<void> {
  for await (const { path, owner } of locksOn(run)) if (owner) throw held(run, { path, owner });
}

/** A running process that has a lock on a folder, if there is another than this; locks of those that ended are removed. */
async function holder(run: string, own: string): Promise<{ path: string; owner: Owner } | undefined> {
  for await (const { path, owner } of locksOn(run, own)) {
    if (owner) return { path, owner };
    await rm(path, { force: true });
  }
  return undefined;
}

/** The locks on a folder but for one's own, each with its process where that is running. */
async function* locksOn(run: string, own?: string): AsyncGenerator<{ path: string; owner?: Owner }> {
  const names = (await unlessGone(run, readdir(run))) ?? [];
  for (const name of names.filter((name) => NAME.test(name) && name !== own)) {
    const path = join(run, name);
    const text = await unlessGone(path, readFile(path, "utf8"));
    if (text === undefined) continue; // released meanwhile
    const owner = parse(text);
    yield { path, owner: owner && isRunning(owner) ? owner : undefined };
  }
}

async function unlessGone<T>(path: string, pending: Promise<T>): Promise<T | undefined> {
  try {
    return await pending;
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw notWritten("pretrain", path, error);
  }
}

function parse(text: string): Owner | undefined {
  try {
    const owner = JSON.parse(text);
    return isRecord(owner) && Number.isSafeInteger(owner.pid) && typeof owner.host === "string"
      ? (owner as unknown as Owner)
      : undefined;
  } catch {
    return undefined;
  }
}

function isRunning({ pid, host, started }: Owner): boolean {
  if (host !== hostname()) return true; // it cannot be asked
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"; // another user's
  }
  return started === undefined || started === startOf(pid);
}

/** Of a process, field 22 of Linux's /proc/<pid>/stat, behind a name that may hold anything; undefined elsewhere. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}

function held(run: string, { path, owner: { pid, host, since } }: { path: string; owner: Owner }): Error {
  const here = host === hostname();
  const remedy = here ? "wait for it, or choose another --out" : `if it has ended, remove ${path}`;
  return new Error(
    `pretrain: ${run} is in use by process ${pid}${here ? "" : ` on ${host}`} since ${since}; ${remedy}`,
  );
}
