import { glob, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { byName, type Entry, isImage } from "../source.ts";
import { entryOf, openFolder } from "./folder.ts";
import { openTar } from "./tar.ts";

/**
 * The images of tar archives, folders, single files, and whatever glob patterns match of these, as one data set:
 * sorted by name, each name once. Files that are no JPEG or PNG by their extension are passed over.
 *
 * Names are relative to the folder or archive; under a pattern to its part before the first wildcard.
 */
export async function openData(paths: readonly string[]): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (const path of paths) for (const entry of await open(path)) entries.push(entry);
  entries.sort(byName);
  if (entries.length === 0)
    throw new Error(`data: no images (.jpg, .jpeg, .png) in ${paths.join(", ") || "an empty list of paths"}`);
  for (let i = 1; i < entries.length; i++) {
    const [a, b] = [entries[i - 1], entries[i]];
    if (a.name !== b.name) continue;
    if (a.path === b.path) throw new Error(`data: ${a.path} is given twice; give each path once`);
    throw new Error(
      `data: each name may occur once; got ${a.name} in ${a.path} and in ${b.path}; rename one`,
    );
  }
  return entries;
}

async function open(path: string): Promise<Entry[]> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
    throw error;
  });
  if (found?.isDirectory()) return openFolder(path);
  if (found) return isImage(path) ? [entryOf(path, found.size, dirname(path))] : openTar(path);
  if (!/[*?[{]/.test(path)) throw new Error(`data: ${path} does not exist`);
  return openPattern(path);
}

async function openPattern(pattern: string): Promise<Entry[]> {
  const base = dirname(`${pattern.slice(0, pattern.search(/[*?[{]/))}.`); // "a/b*/c" -> "a", "a/*" -> "a"
  const files = new Map<string, Entry>(); // "**" matches a folder and what is in it
  let matches = 0;
  for await (const match of glob(pattern)) {
    matches++;
    const found = await stat(match);
    const entries = found.isDirectory()
      ? await openFolder(match, base)
      : isImage(match)
        ? [entryOf(match, found.size, base)]
        : /\.tar$/i.test(match)
          ? openTar(match)
          : [];
    for (const entry of entries) files.set(`${entry.path}:${entry.offset}`, entry);
  }
  if (matches === 0) throw new Error(`data: nothing matches ${pattern}`);
  return [...files.values()];
}
