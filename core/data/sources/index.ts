import type { Stats } from "node:fs";
import * as fs from "node:fs/promises"; // Node 20 has no glob, and is to reach requireNode.ts
import { stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { cifarFile } from "../cifar.ts";
import { byName, type Entry, isImage, type PassedOver } from "../source.ts";
import { openCifar, openCifarFolder } from "./cifar.ts";
import { entryOf, openFolder } from "./folder.ts";
import { isList, openList } from "./list.ts";
import { type Passing, passedOverLine, passing } from "./passedOver.ts";
import { openTar } from "./tar.ts";

/**
 * The images of tar archives, folders, lists, CIFAR's binary files, single files, and whatever glob patterns match of
 * these but lists, as one data set: sorted by name, each name once. Files that are no JPEG, PNG or WebP by their
 * extension are passed over, and noted in `passed`.
 *
 * Names are relative to the folder or archive; under a pattern to its part before the first wildcard.
 */
export async function openData(
  paths: string | readonly string[],
  passed: Passing = passing(),
): Promise<Entry[]> {
  const all = typeof paths === "string" ? [paths] : paths;
  const entries: Entry[] = [];
  for (const path of all) for (const entry of await open(path, passed)) entries.push(entry);
  entries.sort(byName);
  if (entries.length === 0) throw new Error(noImages(all, passed.all));
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

function noImages(paths: readonly string[], passed: PassedOver): string {
  const where = paths.join(", ") || "an empty list of paths";
  const others = passed.count ? `; ${passedOverLine(passed)}` : "";
  return `data: no images (.jpg, .jpeg, .png, .webp) in ${where}${others}`;
}

async function open(path: string, passed: Passing): Promise<Entry[]> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
    throw error;
  });
  if (found?.isFile() && isList(path)) return openList(path);
  if (found) return (await openKnown(path, found, passed)) ?? openTar(path, passed); // which names what is no tar
  if (!/[*?[{]/.test(path)) throw new Error(`data: ${path} does not exist`);
  return openPattern(path, passed);
}

async function openPattern(pattern: string, passed: Passing): Promise<Entry[]> {
  const base = dirname(`${pattern.slice(0, pattern.search(/[*?[{]/))}.`); // "a/b*/c" -> "a", "a/*" -> "a"
  const files = new Map<string, Entry>(); // "**" matches a folder and what is in it
  let matches = 0;
  for await (const match of fs.glob(pattern)) {
    matches++;
    const found = await stat(match);
    const entries = await openKnown(match, found, passed, base);
    if (!entries) passed.file(match);
    for (const entry of entries ?? []) files.set(`${entry.path}:${entry.offset}`, entry);
  }
  if (matches === 0) throw new Error(`data: nothing matches ${pattern}`);
  return [...files.values()];
}

/** The images of a folder or a file, named relative to `base`; undefined for what its name does not tell. */
async function openKnown(
  path: string,
  found: Stats,
  passed: Passing,
  base?: string,
): Promise<Entry[] | undefined> {
  if (found.isDirectory()) return (await openCifarFolder(path)) ?? openFolder(path, passed, base);
  const cifar = cifarFile(basename(path));
  if (cifar) return openCifar(path, cifar);
  if (isImage(path)) return [entryOf(path, found.size, base ?? dirname(path))];
  return /\.tar$/i.test(path) ? openTar(path, passed) : undefined;
}
