import { basename, extname } from "node:path";
import { oneLine } from "../../oneLine.ts";
import type { PassedOver } from "../source.ts";
import { isList } from "./list.ts";

/** Counts files that are no images by their endings; hidden ones and lists count for nothing. */
export interface Passing {
  /** A file, by its path: once, however often it is met, as a pattern meets a folder and what is in it. */
  file(path: string): void;
  /** A file in an archive. */
  member(name: string): void;
  readonly all: PassedOver;
}

export function passing(): Passing {
  const seen = new Set<string>();
  const endings = new Set<string>();
  let count = 0;
  function member(name: string): void {
    if (basename(name).startsWith(".") || isList(name)) return;
    count++;
    endings.add(extname(name).toLowerCase() || "none");
  }
  return {
    member,
    file(path) {
      if (!seen.has(path)) member(path);
      seen.add(path);
    },
    get all() {
      return { count, endings: [...endings].sort() };
    },
  };
}

/** "2 files with other endings passed over (.gif, .heic)" */
export const passedOverLine = ({ count, endings }: PassedOver): string =>
  `${count} ${count === 1 ? "file" : "files"} with other endings passed over (${oneLine(endings.join(", "), 100)})`;
