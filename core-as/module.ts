/** A program in linear memory: address of its commands and their number. */
export interface Entry {
  readonly list: number;
  readonly count: number;
}

/** Control words in the first page, which no tensor uses. The first 256 bytes are the barrier's (runtime/engine.ts). */
export const control = {
  doorbell: 256,
  done: 320,
  list: 384,
  count: 388,
  finished: 448,
  wide: 512,
  probe: 1024,
} as const;

/** The first address that tensors may have. */
export const HEAP = 65536;

export interface Kernels {
  run(list: number, count: number, thread: number, threads: number): void;
  readonly table: WebAssembly.Table;
  readonly [kernel: string]: unknown;
}

/** Names of the functions that a module exports, in the order of their numbers in the table. */
export const kernelNames = (module: WebAssembly.Module): string[] =>
  WebAssembly.Module.exports(module)
    .filter(({ kind }) => kind === "function")
    .map(({ name }) => name)
    .sort();

/** One thread's instance of the kernels, its table filled by name: the n-th of `kernelNames` at `base + n`. */
export function instantiate(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
): { kernels: Kernels; base: number } {
  const kernels = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Kernels;
  const names = kernelNames(module);
  const base = kernels.table.grow(names.length);
  names.forEach((name, i) => {
    kernels.table.set(base + i, kernels[name]);
  });
  return { kernels, base };
}
