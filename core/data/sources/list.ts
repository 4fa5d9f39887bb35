import { readFile, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { type Entry, IMAGE_ENDINGS, isImage } from "../source.ts";

const TOGETHER = 256; // files that are looked at before the next ones

/** Whether a path is a list's, by its ending. */
export const isList = (path: string): boolean => /\.(txt|lst|list)$/i.test(path);

/**
 * The images that a text file lists, one a line: `path[ label]`, the path relative to the list. A path may hold spaces,
 * since it ends where an image's ending does; a line without a label gives an image without one.
 *
 * Throws, naming the line, where a line is none of these or its file does not exist.
 */
export async function openList(list: string): Promise<Entry[]> {
  const lines = (await readFile(list, "utf8"))
    .split(/\r?\n/)
    .map((text, i) => ({ text: text.trim(), number: i + 1 }))
    .filter(({ text }) => text !== "");
  const entries: Entry[] = [];
  for (let first = 0; first < lines.length; first += TOGETHER)
    entries.push(
      ...(await Promise.all(lines.slice(first, first + TOGETHER).map((line) => entryAt(list, line)))),
    );
  return entries;
}

const LINE = new RegExp(`^(.*\\.(?:${IMAGE_ENDINGS}))(?:\\s+(\\S.*))?$`, "i");

async function entryAt(list: string, { text, number }: { text: string; number: number }): Promise<Entry> {
  const fault = (what: string) => new Error(`list: ${list}: line ${number}: ${what}`);
  const [, stated, label] = LINE.exec(text) ?? [];
  if (stated === undefined || !isImage(stated))
    throw fault(`a line is an image's path and perhaps a label; got ${JSON.stringify(text)}`);
  const path = resolve(dirname(list), stated);
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) throw fault(`${path} ${found ? "is no file" : "does not exist"}`);
  return { name: join(stated).replaceAll("\\", "/"), label, path, offset: 0, size: found.size };
}
