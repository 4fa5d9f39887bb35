import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

/** Makes a rename in a folder durable. Windows cannot open folders and does not need it. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  await using handle = await open(folder, "r");
  await handle.sync();
}

/** The file appears whole or not at all. Rejects with `<who>: <path> could not be written: ...`. */
export async function writeAtomically(
  who: string,
  path: string,
  chunks: Iterable<Uint8Array>,
): Promise<void> {
  const temporary = `${path}.tmp`;
  try {
    const handle = await open(temporary, "w");
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
    throw new Error(`${who}: ${path} could not be written: ${(cause as Error).message}`, { cause });
  }
}
