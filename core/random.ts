import { log } from "./math.ts";

/**
 * Threefry-2x32, 20 rounds: a key and a counter give two random words.
 *
 *     key (k0, k1), counter (c0, c1) -> out[0], out[1]      all u32
 *
 * Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3", section 4. https://doi.org/10.1145/2063384.2063405
 */
export function threefry(k0: number, k1: number, c0: number, c1: number, out: Uint32Array): void {
  let x = (c0 + k0) | 0;
  let y = (c1 + k1) | 0;
  let p = k1; // p, q, r: the key words in the order in which they are added
  let q = 0x1bd11bda ^ k0 ^ k1;
  let r = k0;
  for (let i = 1; i <= 5; i++) {
    if (i % 2 === 1) {
      x = (x + y) | 0;
      y = ((y << 13) | (y >>> 19)) ^ x;
      x = (x + y) | 0;
      y = ((y << 15) | (y >>> 17)) ^ x;
      x = (x + y) | 0;
      y = ((y << 26) | (y >>> 6)) ^ x;
      x = (x + y) | 0;
      y = ((y << 6) | (y >>> 26)) ^ x;
    } else {
      x = (x + y) | 0;
      y = ((y << 17) | (y >>> 15)) ^ x;
      x = (x + y) | 0;
      y = ((y << 29) | (y >>> 3)) ^ x;
      x = (x + y) | 0;
      y = ((y << 16) | (y >>> 16)) ^ x;
      x = (x + y) | 0;
      y = ((y << 24) | (y >>> 8)) ^ x;
    }
    x = (x + p) | 0;
    y = (y + q + i) | 0;
    const first = p; // not [p, q, r] = [q, r, p], nor the rotations from a table: either takes three times as long
    p = q;
    q = r;
    r = first;
  }
  out[0] = x;
  out[1] = y;
}

/**
 * The stream of random numbers of a key: stream(seed, "views", epoch).at(position, view).uniform().
 *
 * A path of numbers and strings leads from the seed to the key, one Threefry block a step; paths that differ give
 * independent streams. Nothing is remembered but the key and how many numbers were drawn, so a draw depends on them
 * alone: not on worker, thread, shard or the order of calls elsewhere.
 *
 * Seed and numbers are integers from 0 to 2^53 - 1 (throws otherwise).
 */
export function stream(seed: number, ...path: (number | string)[]): Stream {
  return new Stream(seed, path);
}

export class Stream {
  readonly #root = new Uint32Array(2); // the key of the path
  readonly #key = new Uint32Array(2); // the key drawn from: the root, or below it by `at`
  readonly #block = new Uint32Array(2);
  #drawn = 0; // words
  #spare = Number.NaN; // the second normal of a pair

  constructor(seed: number, path: readonly (number | string)[]) {
    this.#root[0] = low(integer(seed));
    this.#root[1] = high(seed);
    for (const step of path) typeof step === "string" ? spell(this.#root, step) : descend(this.#root, step);
    this.#key.set(this.#root);
  }

  /** Moves to the start of stream(seed, ...path, a, b) (or of stream(seed, ...path, a)) without allocating. */
  at(a: number, b?: number): this {
    this.#key[0] = this.#root[0];
    this.#key[1] = this.#root[1];
    descend(this.#key, a);
    if (b !== undefined) descend(this.#key, b);
    this.#drawn = 0;
    this.#spare = Number.NaN;
    return this;
  }

  /** A u32. */
  u32(): number {
    const word = this.#drawn % 2;
    if (word === 0) {
      const block = this.#drawn / 2;
      threefry(this.#key[0], this.#key[1], low(block), DRAW + high(block), this.#block);
    }
    this.#drawn++;
    return this.#block[word];
  }

  /** Uniform in [0, 1), a multiple of 2^-24: exact in f32. */
  uniform(): number {
    return (this.u32() >>> 8) * 2 ** -24;
  }

  /** A uniform integer in [0, n), 1 <= n <= 2^32, without bias: words beyond the last multiple of n are redrawn. */
  below(n: number): number {
    if (!(Number.isInteger(n) && n >= 1 && n <= 2 ** 32))
      throw new RangeError(`random: below(n) takes an integer from 1 to 2^32; got ${n}`);
    const end = 2 ** 32 - (2 ** 32 % n);
    let word = this.u32();
    while (word >= end) word = this.u32();
    return word % n;
  }

  /** Normal with mean 0 and variance 1: Marsaglia's polar form of Box and Muller. https://doi.org/10.1137/1006063 */
  normal(): number {
    const spare = this.#spare;
    this.#spare = Number.NaN;
    if (!Number.isNaN(spare)) return spare;
    for (;;) {
      const u = this.u32() * 2 ** -31 - 1;
      const v = this.u32() * 2 ** -31 - 1;
      const s = u * u + v * v;
      if (s >= 1 || s === 0) continue;
      const scale = Math.sqrt((-2 * log(s)) / s);
      this.#spare = v * scale;
      return u * scale;
    }
  }
}

// The upper counter word keeps the three uses of a key apart: numbers stay below 2^21.
const DRAW = 0x40000000;
const STRING = 0x80000000;

/** key <- the key of its child `step`. */
function descend(key: Uint32Array, step: number): void {
  threefry(key[0], key[1], low(integer(step)), high(step), key);
}

/** key <- the key of its child `step`, which enters as its length and FNV-1a hash over UTF-16 code units. */
function spell(key: Uint32Array, step: string): void {
  let hash = 0x811c9dc5;
  for (let i = 0; i < step.length; i++) hash = Math.imul(hash ^ step.charCodeAt(i), 0x01000193);
  threefry(key[0], key[1], hash, STRING + step.length, key);
}

function integer(value: number): number {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new RangeError(`random: seeds and numbers of a path are integers from 0 to 2^53 - 1; got ${value}`);
}

const low = (value: number) => value >>> 0;
const high = (value: number) => Math.floor(value / 2 ** 32);
