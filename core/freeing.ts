/** Memories, programs and the like, which take what only they can give back. */
interface Taken {
  free(): void;
}

/** For `using`: freed where the scope ends, the last one first. */
export const scoped = <T extends Taken>(taken: T): T & Disposable =>
  Object.assign(taken, { [Symbol.dispose]: () => taken.free() });

/** For `catch`: gives back what was to belong to something that could not be made, and throws the error on. */
export const freeing =
  (...taken: Taken[]) =>
  (error: unknown): never => {
    for (const each of taken) each.free();
    throw error;
  };
