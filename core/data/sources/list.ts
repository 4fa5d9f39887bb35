import { readFile, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { type Listed, parseList } from "../list.ts";
import type { Entry } from "../source.ts";

const TOGETHER = 256; // files that are looked at before the next ones

/** Whether a path is a list's, by its ending. */
export const isList = (path: string): boolean => /\.(txt|lst|list)$/i.test(path);

/**
 * The images that a text file lists (see parseList), paths relative to the list. Throws, naming the line, where a file does not
 * exist.
 */
export async function openList(list: string): Promise<Entry[]> {
  const listed = parseList(list, await readFile(list, "utf8"));
  const entries: Entry[] = [];
  for (let first = 0; first < listed.length; first += TOGETHER)
    entries.push(
      ...(await Promise.all(listed.slice(first, first + TOGETHER).map((each) => entryOf(list, each)))),
    );
  return entries;
}

async function entryOf(list: string, { path: stated, label, line }: Listed): Promise<Entry> {
  const path = resolve(dirname(list), stated);
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile())
    throw new Error(
      `list: ${list}: line ${line}: ${path} ${found ? "is no file" : "does not exist"}; correct or remove the line`,
    );
  return { name: join(stated).replaceAll("\\", "/"), label, path, offset: 0, size: found.size };
}
