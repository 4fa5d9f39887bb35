import type { Backend, Storage } from "./backend.ts";

/**
 * A backend for which programs are planned as they are for another one, but which has no memory and no end of it: what it
 * is asked for is counted.
 */
export function countingBackend({ name, description, precisions, alignment, arenas, scratch }: Backend): {
  backend: Backend;
  /** The storages that have not been given back. */
  held(): Storage[];
} {
  const held = new Map<Storage, number>();
  const total = () => [...held.values()].reduce((sum, bytes) => sum + bytes, 0);
  const nothing = () => {
    throw new Error("counting: there is nothing to read");
  };
  const allocate = (bytes: number) => {
    const storage = { bytes, free: () => void held.delete(storage) };
    held.set(storage, Math.ceil((bytes + GUARD) / GUARD) * GUARD);
    return storage;
  };
  return {
    backend: {
      ...{ name, description, precisions, alignment, arenas, scratch },
      limits: { tensor: Infinity, storage: Infinity, total: Infinity },
      allocate,
      write() {},
      read: nothing,
      async compile(commands) {
        const { free } = allocate(ARGUMENTS * commands.length);
        return { run: nothing, free };
      },
      usage: () => ({ bytes: total(), storages: held.size }),
      isLost: () => false,
      async close() {},
    },
    held: () => [...held.keys()],
  };
}

/** Bytes beyond a storage's end that are to be readable: see `Backend.allocate`. */
const GUARD = 64;

/** Bytes that backends hold for the arguments of a command, at most. */
const ARGUMENTS = 256;
