import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { byName, type Entry, isImage, labelOf } from "../source.ts";
import type { Passing } from "./passedOver.ts";
import { type TarFile, tarFiles } from "./tarFormat.ts";

/** The images of a tar archive, sorted by name. Reads the headers only, a window at a time. */
export function openTar(path: string, passed: Passing): Entry[] {
  const descriptor = openSync(path, "r");
  try {
    const { size } = fstatSync(descriptor);
    const images: TarFile[] = [];
    for (const file of tarFiles(path, windowed(descriptor), size))
      if (isImage(file.name)) images.push(file);
      else passed.member(file.name);
    return images.map((file) => ({ ...file, label: labelOf(file.name), path })).sort(byName);
  } finally {
    closeSync(descriptor);
  }
}

/** Reads through a window, so that the headers of small files do not cost a system call each. */
function windowed(descriptor: number, bytes = 16_384): (offset: number, length: number) => Uint8Array {
  const window = Buffer.alloc(bytes);
  let start = 0;
  let end = 0;
  return (offset, length) => {
    if (length > bytes) {
      const own = Buffer.alloc(length);
      return own.subarray(0, readSync(descriptor, own, 0, length, offset));
    }
    if (offset < start || offset + length > end) {
      start = offset;
      end = offset + readSync(descriptor, window, 0, bytes, offset);
    }
    return window.subarray(offset - start, Math.min(offset - start + length, end - start));
  };
}
