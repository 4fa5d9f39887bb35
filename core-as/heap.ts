/** Address space of a WebAssembly memory, handed out first fit. Addresses are numbers up to 4 GiB. */
export class Heap {
  #free: { at: number; bytes: number }[];
  #used = 0;
  #blocks = 0;
  readonly #grow: (end: number) => void;

  /** `grow(end)` makes the memory at least `end` bytes long or throws. */
  constructor(first: number, end: number, grow: (end: number) => void) {
    this.#free = [{ at: first, bytes: end - first }];
    this.#grow = grow;
  }

  get usage(): { bytes: number; storages: number } {
    return { bytes: this.#used, storages: this.#blocks };
  }

  /** Throws RangeError where no gap is large enough. */
  take(bytes: number): number {
    const gap = this.#free.find((each) => each.bytes >= bytes);
    if (!gap) throw new RangeError(`as: no room for ${bytes} bytes beside ${this.#used}; wasm32 has 4 GiB`);
    this.#grow(gap.at + bytes);
    const { at } = gap;
    gap.at += bytes;
    gap.bytes -= bytes;
    this.#used += bytes;
    this.#blocks++;
    return at;
  }

  give(at: number, bytes: number): void {
    this.#used -= bytes;
    this.#blocks--;
    this.#free = [...this.#free, { at, bytes }].sort((a, b) => a.at - b.at);
    this.#free = this.#free.reduce<{ at: number; bytes: number }[]>((merged, gap) => {
      const before = merged.at(-1);
      if (before && before.at + before.bytes === gap.at) before.bytes += gap.bytes;
      else if (gap.bytes) merged.push({ ...gap });
      return merged;
    }, []);
  }
}
