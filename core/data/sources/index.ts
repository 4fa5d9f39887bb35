import type { Stats } from "node:fs";
import * as fs from "node:fs/promises"; // Node 20 has no glob, and is to reach requireNode.ts
import { stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { cifarFile } from "../cifar.ts";
import { byName, type Entry, isImage } from "../source.ts";
import { openCifar, openCifarFolder } from "./cifar.ts";
import { entryOf, openFolder } from "./folder.ts";
import { isList, openList } from "./list.ts";
import { openTar } from "./tar.ts";

/**
 * The images of tar archives, folders, lists, CIFAR's binary files, single files, and whatever glob patterns match of
 * these but lists, as one data set: sorted by name, each name once. Files that are no JPEG, PNG or WebP by their
 * extension are passed over.
 *
 * Names are relative to the folder or archive; under a pattern to its part before the first wildcard.
 */
export async function openData(paths: readonly string[]): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (const path of paths) for (const entry of await open(path)) entries.push(entry);
  entries.sort(byName);
  if (entries.length === 0)
    throw new Error(
      `data: no images (.jpg, .jpeg, .png, .webp) in ${paths.join(", ") || "an empty list of paths"}`,
    );
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
  if (found?.isFile() && isList(path)) return openList(path);
  if (found) return (await openKnown(path, found)) ?? openTar(path); // which names what is no tar
  if (!/[*?[{]/.test(path)) throw new Error(`data: ${path} does not exist`);
  return openPattern(path);
}

async function openPattern(pattern: string): Promise<Entry[]> {
  const base = dirname(`${pattern.slice(0, pattern.search(/[*?[{]/))}.`); // "a/b*/c" -> "a", "a/*" -> "a"
  const files = new Map<string, Entry>(); // "**" matches a folder and what is in it
  let matches = 0;
  for await (const match of fs.glob(pattern)) {
    matches++;
    const found = await stat(match);
    const entries = (await openKnown(match, found, base)) ?? [];
    for (const entry of entries) files.set(`${entry.path}:${entry.offset}`, entry);
  }
  if (matches === 0) throw new Error(`data: nothing matches ${pattern}`);
  return [...files.values()];
}

/** The images of a folder or a file, named relative to `base`; undefined for what its name does not tell. */
async function openKnown(path: string, found: Stats, base?: string): Promise<Entry[] | undefined> {
  if (found.isDirectory()) return (await openCifarFolder(path)) ?? openFolder(path, base);
  const cifar = cifarFile(basename(path));
  if (cifar) return openCifar(path, cifar);
  if (isImage(path)) return [entryOf(path, found.size, base ?? dirname(path))];
  return /\.tar$/i.test(path) ? openTar(path) : undefined;
}
