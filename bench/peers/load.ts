/** A package that may not be installed, under a type that says what is used of it; undefined where it is missing. */
export async function load<T>(specifier: string): Promise<T | undefined> {
  try {
    return (await import(specifier)) as T; // untyped: type checking does not install peers either
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_MODULE_NOT_FOUND") return undefined;
    throw error;
  }
}

/** Timed runs of something synchronous or asynchronous that gives its result back. */
export const timed =
  (once: () => void | Promise<void>) =>
  async (repeats: number): Promise<number> => {
    const start = performance.now();
    for (let i = 0; i < repeats; i++) await once();
    return performance.now() - start;
  };
