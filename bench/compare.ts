import type { Contestant, Samples } from "./contestant.ts";
import type { Row } from "./row.ts";
import { fixed, median, percent, significant, table } from "./table.ts";

/** What a row says of a case besides times: with `images`, its unit is images a second, else milliseconds. */
export interface Measured {
  readonly name: string;
  readonly shape: string;
  readonly images?: number;
  /** Milliseconds at the measured peak or bandwidth; with 3x3 convolutions done directly. */
  readonly floor: number | null;
  readonly directFloor?: number;
}

/** Who takes part, we first; `single` is us with one thread, the number some peers have. */
export interface Field {
  readonly backend: "as" | "wgsl";
  readonly main: Contestant;
  readonly single?: Contestant;
  readonly peers: readonly Contestant[];
}

/** The rows of what was measured in one run. */
export function compare(
  cases: readonly Measured[],
  samples: Samples,
  { backend, main, single, peers }: Field,
): Row[] {
  return cases.map(({ name, shape, images, floor, directFloor }): Row => {
    const show = (ms: number) => (images ? (1000 * images) / ms : ms);
    const time = (who: Contestant | undefined) => {
      const found = who ? samples(who, name) : [];
      return found.length ? median(found) : undefined;
    };
    const own = time(main)!;
    const oneThread = main.threads === 1 ? own : time(single);
    const against = peers.flatMap((peer) => {
      const theirs = time(peer);
      const rival = (peer.threads === 1 && oneThread) || own;
      if (theirs === undefined) return [];
      return [[peer.name, { value: show(theirs), ratio: theirs / rival, threads: peer.threads }] as const];
    });
    return {
      ...{ name, shape, backend, ours: show(own), unit: images ? "images/s" : "ms" },
      floor: floor === null ? null : show(floor),
      ...(directFloor === undefined ? {} : { directFloor: show(directFloor) }),
      ...{ peers: Object.fromEntries(against), threads: main.threads },
      ...(oneThread === undefined ? {} : { oneThread: show(oneThread) }),
    };
  });
}

/** The rows as a table; peers with their threads. */
export function printRows(rows: readonly Row[], peers: readonly Contestant[]): void {
  const reached = ({ unit, ours, floor }: Row) => (unit === "ms" ? floor! / ours : ours / floor!);
  const head = ["", "unit", "ours", "with one", "floor", "direct floor", "of floor"];
  const columns = peers.map(({ name, threads: n }) => (n ? `${name}, ${n} thr.` : name));
  const body = rows.map((row) => [
    ...[row.name, row.unit, significant(row.ours), fixed(row.oneThread ?? Number.NaN)],
    ...[fixed(row.floor ?? Number.NaN), fixed(row.directFloor ?? Number.NaN)],
    row.floor === null ? "-" : percent(reached(row)),
    ...peers.map(({ name }) => {
      const found = row.peers[name];
      return found ? `${significant(found.value)}  ${significant(found.ratio)}x` : "-";
    }),
  ]);
  console.log(table([...head, ...columns], body));
  console.log("x: how often as fast as the peer we are, with one thread where the peer has one");
}
