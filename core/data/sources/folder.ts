import { readdir, realpath, stat } from "node:fs/promises";
import { basename, join, relative, sep } from "node:path";
import { byName, type Entry, isImage, labelOf } from "../source.ts";
import type { Passing } from "./passedOver.ts";

/**
 * The images in a folder and the folders below it, sorted by name. Names are relative to `base`. Symbolic links are
 * followed; one that leads to a folder which is already part of the set is refused.
 */
export async function openFolder(path: string, passed: Passing, base = path): Promise<Entry[]> {
  const seen = new Map<string, string>(); // real path -> as which folder it was met
  const entries: Entry[] = [];

  async function walk(folder: string): Promise<void> {
    const real = await realpath(folder);
    const before = seen.get(real);
    if (before)
      throw new Error(`folder: ${folder} is ${before} once more, by a symbolic link; remove the link`);
    seen.set(real, folder);
    const items = (await readdir(folder, { withFileTypes: true })).filter(
      (item) => !item.name.startsWith("."),
    );
    for (const item of items) if (item.isFile() && !isImage(item.name)) passed.file(join(folder, item.name));
    const found = await Promise.all(
      items
        .filter((item) => item.isDirectory() || item.isSymbolicLink() || isImage(item.name))
        .map(async (item) => ({ file: join(folder, item.name), stats: await stat(join(folder, item.name)) })),
    );
    for (const { file, stats } of found) {
      if (stats.isDirectory()) await walk(file);
      else if (stats.isFile() && isImage(file)) entries.push(entryOf(file, stats.size, base));
      else if (stats.isFile()) passed.file(file); // a link to it
    }
  }

  await walk(path);
  return entries.sort(byName);
}

/** A file as an entry, named relative to `base`. */
export function entryOf(file: string, size: number, base: string): Entry {
  const name = (relative(base, file) || basename(file)).split(sep).join("/");
  return { name, label: labelOf(name), path: file, offset: 0, size };
}
