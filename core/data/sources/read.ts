import { closeSync, openSync, readSync } from "node:fs";
import type { Entry } from "../source.ts";

const OPEN = 16; // archives kept open: sorted by name, the images of several shards may alternate

/** Reads entries' bytes, keeping the files of the last ones open. */
export function reader(): { read(entry: Entry): Uint8Array; close(): void } {
  const descriptors = new Map<string, number>(); // the one used last stands last

  function descriptorOf(path: string): number {
    const descriptor = descriptors.get(path) ?? openSync(path, "r");
    descriptors.delete(path);
    descriptors.set(path, descriptor);
    if (descriptors.size > OPEN) {
      const [oldest, unused] = descriptors.entries().next().value as [string, number]; // not empty
      descriptors.delete(oldest);
      closeSync(unused);
    }
    return descriptor;
  }

  return {
    read({ path, offset, size }) {
      const bytes = new Uint8Array(size);
      const got = readSync(descriptorOf(path), bytes, 0, size, offset);
      if (got < size)
        throw new Error(`read: ${path} is shorter than it was when it was opened (${offset + got} bytes)`);
      return bytes;
    },
    close() {
      for (const descriptor of descriptors.values()) closeSync(descriptor);
      descriptors.clear();
    },
  };
}
