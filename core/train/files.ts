import { randomBytes } from "node:crypto";
import { mkdir, open, rename, rm, rmdir, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";

/** What to do, by what the system says. */
const REMEDIES: Record<string, string> = {
  ENOSPC: "make room on the disk and run it again",
  EDQUOT: "make room within the quota and run it again",
  EFBIG: "files may not be that large here (ulimit -f)",
  EACCES: "choose a folder that may be written to",
  EPERM: "choose a folder that may be written to",
  EROFS: "choose a folder that may be written to",
  ENOTDIR: "choose another path",
  EEXIST: "choose another path",
  EISDIR: "choose another path",
  ENOENT: "choose another path",
};

/** The error of a path that was not written: `<who>: <path> could not be <done>: <why>; <what to do>`. */
export function notWritten(who: string, path: string, cause: unknown, done = "written"): Error {
  const { message, code } = cause as NodeJS.ErrnoException; // all that comes here is the file system's, or ours
  const remedy = REMEDIES[code ?? ""];
  return new Error(`${who}: ${path} could not be ${done}: ${message}${remedy ? `; ${remedy}` : ""}`, {
    cause,
  });
}

/** Rejects where a path is a folder's, and so no file can be written there. */
export async function checkFile(who: string, path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory()) throw new Error(`${who}: ${path} is a folder; name a file in it`);
}

/**
 * Makes a folder, and those above it that do not exist. Resolves to the ones that it made, the outermost first.
 * Rejects with `<who>: <path> could not be made: ...`.
 */
export async function makeFolder(who: string, path: string): Promise<string[]> {
  try {
    return await make(resolve(path));
  } catch (cause) {
    throw notWritten(who, path, cause, "made");
  }
}

/** By itself, since Node's `recursive` goes round for ever below /proc, which says ENOENT for a folder in one that exists. */
async function make(path: string): Promise<string[]> {
  const found = await stat(path).catch(() => undefined); // what is wrong, mkdir tells
  if (found?.isDirectory()) return [];
  if (found) throw Object.assign(new Error(`${path} is a file`), { code: "EEXIST" });
  const above = await make(dirname(path)); // ends: the root is a folder
  try {
    await mkdir(path);
  } catch (error) {
    await removeEmpty(above);
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error; // else another process made it meanwhile
    return [];
  }
  return [...above, path];
}

/** Removes folders, the last first, as far as nothing is in them. */
export async function removeEmpty(folders: readonly string[]): Promise<void> {
  for (const folder of folders.toReversed()) await rmdir(folder).catch(() => {}); // what is not empty stays
}

/** Makes a rename in a folder durable. Windows cannot open folders and does not need it. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  await using handle = await open(folder, "r");
  await handle.sync();
}

/** The file appears whole or not at all, of several writers the last one's. Rejects with `<who>: <path> could not be written: ...`. */
export async function writeAtomically(
  who: string,
  path: string,
  chunks: Iterable<Uint8Array>,
): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString("hex")}.tmp`; // of this writer alone
  try {
    const handle = await open(temporary, "wx");
    try {
      await handle.writeFile(chunks);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
    await syncFolder(dirname(path));
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => {}); // the first failure is the one to report
    throw notWritten(who, path, cause);
  }
}
