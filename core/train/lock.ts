import { readFileSync } from "node:fs";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { notWritten } from "./files.ts";
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

/** Milliseconds that a process is given to write who it is, once it has taken a folder. */
const PATIENCE = 1000;

/**
 * Takes a run's folder for this process: `<run>/lock` tells which, and goes with the function that is returned.
 *
 * A lock whose process has ended is taken over. Rejects where another process holds it, naming that; one of another host
 * counts as running.
 */
export async function lockRun(run: string): Promise<() => Promise<void>> {
  const path = join(run, "lock");
  const own = JSON.stringify({
    ...{ pid: process.pid, host: hostname(), started: startOf(process.pid) },
    since: new Date().toISOString(),
  } satisfies Owner);
  while (!(await created(path, own))) {
    const text = await written(path);
    if (text === undefined) continue; // released meanwhile
    const owner = parse(text);
    if (owner && isRunning(owner)) throw held(run, path, owner);
    await clear(path, text);
  }
  return async () => {
    if ((await readFile(path, "utf8").catch(() => undefined)) === own) await rm(path, { force: true });
  };
}

async function created(path: string, text: string): Promise<boolean> {
  try {
    await writeFile(path, text, { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    await rm(path, { force: true }).catch(() => {}); // of a full disk, an empty file
    throw notWritten("pretrain", path, error);
  }
}

/** A lock's text; undefined where it is gone. What was only just created is given time to be written. */
async function written(path: string): Promise<string | undefined> {
  for (let waited = 0; ; waited += 50) {
    const text = await unlessGone(path, readFile(path, "utf8"));
    if (text === undefined || parse(text) || waited >= PATIENCE) return text;
    await setTimeout(50);
  }
}

/**
 * Removes a lock that says this. Another process may do so at the same time, and take the folder: what is then removed says
 * something else, and is put back.
 */
async function clear(path: string, text: string): Promise<void> {
  const aside = `${path}.${process.pid}`;
  await unlessGone(path, rename(path, aside));
  const removed = await unlessGone(aside, readFile(aside, "utf8"));
  if (removed !== undefined && removed !== text)
    await writeFile(path, removed, { flag: "wx" }).catch(() => {});
  await rm(aside, { force: true });
}

async function unlessGone<T>(path: string, pending: Promise<T>): Promise<T | undefined> {
  try {
    return await pending;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
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

function held(run: string, path: string, { pid, host, since }: Owner): Error {
  const here = host === hostname();
  const remedy = here ? "wait for it, or choose another --out" : `if it has ended, remove ${path}`;
  return new Error(
    `pretrain: ${run} is in use by process ${pid}${here ? "" : ` on ${host}`} since ${since}; ${remedy}`,
  );
}
