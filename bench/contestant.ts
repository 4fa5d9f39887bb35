import { total } from "./table.ts";

/** Someone who computes cases: one of our backends, or a peer. */
export interface Contestant {
  readonly name: string;
  /** Threads that compute; undefined where nobody can say. */
  readonly threads?: number;
  /** By the case's name: runs it so many times and returns the milliseconds of all. */
  readonly cases: ReadonlyMap<string, (repeats: number) => Promise<number>>;
  close(): Promise<void>;
}

/** Milliseconds of one run, round by round; none where the contestant has not got the case. */
export type Samples = (contestant: Contestant, name: string) => readonly number[];

/** A sample shorter than this many milliseconds measures the clock. */
const SHORTEST = 20;
/** Milliseconds of warming up (V8 compiles hot code again) and of measuring that one case of one contestant may cost. */
const WARM = 500;
const MOST = 4000;

/**
 * Measures in rounds: in each, every case by each contestant in turn, so that a machine that slows down slows all alike.
 * Who is very slow takes part in fewer rounds, in one at least.
 */
export async function interleave(
  contestants: readonly Contestant[],
  names: readonly string[],
  { rounds = 15 } = {},
): Promise<Samples> {
  const entries = names.flatMap((name) =>
    contestants.flatMap((contestant) => {
      const run = contestant.cases.get(name);
      return run ? [{ contestant, name, run, repeats: 1, samples: [] as number[] }] : [];
    }),
  );
  for (const entry of entries) {
    let spent = 0;
    for (let i = 0; i < 10 && spent < WARM; i++) {
      const ms = await entry.run(1);
      entry.repeats = Math.max(1, Math.ceil(SHORTEST / ms));
      spent += ms;
    }
  }
  for (let round = 0; round < rounds; round++)
    for (const { run, repeats, samples } of entries)
      if (total(samples) * repeats < MOST) samples.push((await run(repeats)) / repeats);

  return (contestant, name) =>
    entries.find((each) => each.contestant === contestant && each.name === name)?.samples ?? [];
}
