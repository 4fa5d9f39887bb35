import { oneLine } from "../oneLine.ts";
import { IMAGE_ENDINGS, isImage } from "./source.ts";

/** One image of a list. */
export interface Listed {
  /** As the list has it. */
  path: string;
  label?: string;
  /** Counted from 1. */
  line: number;
}

const LINE = new RegExp(`^(.*\\.(?:${IMAGE_ENDINGS}))(?:\\s+(\\S.*))?$`, "i");

/**
 * The images of a list, one a line: `path[ label]`. A path may hold spaces, since it ends where an image's ending does. Either
 * all lines have a label or none has; blank lines count for nothing.
 *
 * Throws, naming `list` and the line, where a line is none of these, or names an image for the second time.
 */
export function parseList(list: string, text: string): Listed[] {
  const found = new Map<string, Listed>();
  const fault = (line: number, what: string) => new Error(`list: ${list}: line ${line}: ${oneLine(what)}`);
  let first: Listed | undefined;
  for (const [i, raw] of text.split(/\r?\n/).entries()) {
    const stated = raw.trim();
    if (stated === "") continue;
    const line = i + 1;
    const [, path, label] = LINE.exec(stated) ?? [];
    if (path === undefined || !isImage(path))
      throw fault(line, `a line is an image's path and perhaps a label; got ${clipped(stated)}`);
    const entry = { path, label, line };
    first ??= entry;
    if ((label === undefined) !== (first.label === undefined)) {
      const [has, lacks] = label === undefined ? [first.line, line] : [line, first.line];
      throw fault(line, `line ${has} has a label, line ${lacks} has none; give every image one, or none`);
    }
    const before = found.get(path);
    if (before) throw fault(line, twice(before, entry));
    found.set(path, entry);
  }
  return [...found.values()];
}

const clipped = (text: string) => JSON.stringify(text.length > 100 ? `${text.slice(0, 97)}...` : text);

function twice(before: Listed, { path, label }: Listed): string {
  const labels = before.label === label ? "" : `, as ${before.label} and as ${label}`;
  return `${path} stands in line ${before.line} already${labels}; keep one of them`;
}
