/** Files that were valid, changed at random, and what a parser may make of them. */
import { getHeapStatistics } from "node:v8";
import { expect } from "vitest";
import { type Stream, stream } from "../../core/random.ts";

/** Cases of each parser; CASES in the environment sets another number. */
export const CASES = Number(process.env.CASES ?? 100_000);

/** Bytes that one case may allocate: twice the largest limit that a parser declares for what it reads (1 MiB). */
const MOST_BYTES = 2 * 2 ** 20;

/** What length fields are set to. */
const EXTREMES = [
  0, 1, 2, 7, 8, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff,
];

/** One to four changes: bits flipped, bytes and integers set, pieces cut off, out, doubled, moved or blanked. */
export function changed(file: Uint8Array, random: Stream): Uint8Array<ArrayBuffer> {
  let bytes = Uint8Array.from(file);
  for (let n = 1 + random.below(4); n > 0; n--) bytes = changedOnce(bytes, random);
  return bytes;
}

function changedOnce(bytes: Uint8Array<ArrayBuffer>, random: Stream): Uint8Array<ArrayBuffer> {
  const size = bytes.length;
  if (size === 0) return Uint8Array.of(random.below(256));
  const at = random.below(size);
  const length = 1 + random.below(Math.min(64, size - at));
  switch (random.below(9)) {
    case 0:
      bytes[at] ^= 1 << random.below(8);
      return bytes;
    case 1:
      bytes[at] = random.below(256);
      return bytes;
    case 2:
      return bytes.slice(0, at);
    case 3:
      bytes.copyWithin(random.below(size), at, at + length);
      return bytes;
    case 4:
      return joined(bytes.subarray(0, at), bytes.subarray(at + length));
    case 5:
      return joined(bytes.subarray(0, at + length), bytes.subarray(at));
    case 6:
      bytes.fill(random.below(2) * 255, at, at + length);
      return bytes;
    case 7: {
      const noise = Uint8Array.from({ length }, () => random.below(256));
      return joined(bytes.subarray(0, at), noise, bytes.subarray(at));
    }
    default: {
      const value = random.below(3) ? EXTREMES[random.below(EXTREMES.length)] : size - random.below(16);
      setInteger(bytes, at, 1 << random.below(4), value >>> 0, random.below(2) === 0);
      return bytes;
    }
  }
}

function setInteger(bytes: Uint8Array, at: number, width: number, value: number, little: boolean): void {
  for (let i = 0; i < width && at + i < bytes.length; i++) {
    const place = little ? i : width - 1 - i;
    bytes[at + i] = place < 4 ? value >>> (8 * place) : value === 0xffffffff ? 255 : 0;
  }
}

export function joined(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

export const textOf = (bytes: Uint8Array) => Buffer.from(bytes).toString("latin1");

/** One value of a JSON document replaced, doubled, removed, renamed or nested. */
export function changedJson(value: unknown, random: Stream): unknown {
  if (typeof value !== "object" || value === null || random.below(4) === 0) return strange(value, random);
  if (Array.isArray(value)) {
    if (value.length === 0 || random.below(5) === 0) return [...value, strange(value.at(-1), random)];
    const at = random.below(value.length);
    return random.below(6) === 0 ? value.toSpliced(at, 1) : value.with(at, changedJson(value[at], random));
  }
  const entries = Object.entries(value);
  if (entries.length === 0) return { x: strange(1, random) };
  const at = random.below(entries.length);
  const [key, each] = entries[at];
  const kind = random.below(8);
  if (kind === 0) return Object.fromEntries(entries.toSpliced(at, 1));
  if (kind === 1) return Object.fromEntries(entries.with(at, [KEYS[random.below(KEYS.length)], each]));
  return Object.fromEntries(entries.with(at, [key, changedJson(each, random)]));
}

const KEYS = [
  "__proto__",
  "constructor",
  "toString",
  "",
  "a\nb",
  "x".repeat(3000),
  "\u2028",
  "name",
  "0",
  "epochz",
  "dtype",
];

function strange(value: unknown, random: Stream): unknown {
  const numbers = [
    0,
    -0,
    -1,
    0.5,
    1e308,
    -1e308,
    2 ** 31,
    2 ** 32,
    2 ** 53 - 1,
    2 ** 53,
    1e21,
    Number.MIN_VALUE,
  ];
  const texts = [
    "",
    "a\nb",
    "\0",
    "x".repeat(5000),
    "__proto__",
    "\ud800",
    "1e999",
    "F32",
    "simclr",
    "../../x",
  ];
  switch (random.below(8)) {
    case 0:
      return numbers[random.below(numbers.length)];
    case 1:
      return texts[random.below(texts.length)];
    case 2:
      return null;
    case 3:
      return random.below(2) === 0;
    case 4:
      return [value, value];
    case 5:
      return { toString: 1, valueOf: value };
    case 6: {
      let deep: unknown = value;
      for (let i = random.below(2) ? 40 : 2000; i > 0; i--) deep = random.below(2) ? [deep] : { a: deep };
      return deep;
    }
    default:
      return typeof value === "number" ? value + random.below(3) - 1 : {};
  }
}

/** What came of the cases. */
export interface Findings {
  read: number;
  refused: number;
  seconds: number;
  /** Milliseconds, and bytes, of the case that took most. */
  slowest: number;
  largest: number;
}

/**
 * Runs cases 0 .. count - 1, each drawn from a stream of its own. Whatever is thrown must be an error that we wrote: of one
 * line, in the form `who: what`, no TypeError, and no RangeError of the engine's.
 */
export async function fuzz(
  name: string,
  each: (random: Stream, index: number) => unknown,
  { count = CASES, form }: { count?: number; form: RegExp },
): Promise<Findings> {
  const random = stream(1, "fuzz", name);
  const found: Findings = { read: 0, refused: 0, seconds: 0, slowest: 0, largest: 0 };
  const began = performance.now();
  for (let i = 0; i < count; i++) {
    const [before, start] = [held(), performance.now()];
    try {
      const result = each(random.at(i), i);
      if (result instanceof Promise) await result;
      found.read++;
    } catch (error) {
      found.refused++;
      if (!isOurs(error, form)) throw new Error(`${name}: case ${i}: ${describe(error)}`, { cause: error });
    }
    found.slowest = Math.max(found.slowest, performance.now() - start);
    found.largest = Math.max(found.largest, held() - before); // less than nothing where the collector ran
  }
  found.seconds = (performance.now() - began) / 1000;
  const { read, refused, seconds, slowest, largest } = found;
  console.log(
    `${name}: ${count} cases in ${seconds.toFixed(1)} s: ${read} read, ${refused} refused; ` +
      `at most ${slowest.toFixed(0)} ms and ${(largest / 2 ** 20).toFixed(2)} MiB a case`,
  );
  expect(read, name).toBeGreaterThan(count / 1000); // or the changes are too coarse to reach what is behind the first check
  expect(refused, name).toBeGreaterThan(count / 1000);
  expect(slowest, name).toBeLessThan(2000); // nothing hangs: a case is some microseconds; the rest is the machine's
  return found;
}

/** As `fuzz`, and no case allocates more than parsers may. */
export async function fuzzParser(...args: Parameters<typeof fuzz>): Promise<void> {
  const { largest } = await fuzz(...args);
  expect(largest, args[0]).toBeLessThan(MOST_BYTES);
}

function held(): number {
  const { used_heap_size, external_memory } = getHeapStatistics();
  return used_heap_size + external_memory;
}

function isOurs(error: unknown, form: RegExp): boolean {
  if (!(error instanceof Error) || error instanceof TypeError || error instanceof SyntaxError) return false;
  const { message } = error;
  return form.test(message) && !/[\p{Cc}\u2028\u2029]/u.test(message) && message.length < 6000;
}

const describe = (error: unknown) =>
  error instanceof Error
    ? `${error.name}: ${JSON.stringify(error.message.slice(0, 500))}\n${error.stack}`
    : String(error);
