import { conv2d, conv2dInputGrad, conv2dWeightGrad, matmul, sum } from "../core/ops/index.ts";
import { type Contestant, interleave } from "./contestant.ts";
import type { Options, Report } from "./index.ts";
import { type Case, describe, openBackend, ours } from "./ours.ts";
import { openPeak, PEAK } from "./peak.ts";
import { openPeers } from "./peers/index.ts";
import { fixed, median, percent, type Row, significant, table } from "./table.ts";

const N = 1024;
const X = [32, 32, 32, 64]; // images, height, width, channels
const W = [64, 3, 3, 64];
const CONVOLUTION = 2 * 32 * 32 * 32 * 64 * 64 * 9; // what meets padding counted, as the field does

const product = (name: string, attributes: { ta?: boolean; tb?: boolean }): Case => ({
  ...{ name, shape: `${N}x${N}x${N}`, operations: 2 * N ** 3 },
  inputs: [
    [N, N],
    [N, N],
  ],
  build: ([a, b]) => matmul(a, b, attributes),
});

const pass = (name: string, inputs: number[][], build: Case["build"]): Case => ({
  ...{ name: `conv3x3c64-${name}`, shape: "32x32x32x64", operations: CONVOLUTION, inputs, build },
});

const cases: Case[] = [
  product("matmul1024", {}),
  product("matmul1024-NT", { tb: true }),
  product("matmul1024-TN", { ta: true }),
  pass("forward", [X, W], ([x, w]) => conv2d(x, w, { padding: 1 })),
  pass("inputGrad", [X, W], ([dy, w]) => conv2dInputGrad(dy, w, { padding: 1, extents: [32, 32] })),
  pass("weightGrad", [X, X], ([x, dy]) =>
    sum(conv2dWeightGrad(x, dy, { padding: 1, kernel: [3, 3] }), { from: 0, to: 1 }),
  ),
];

/** GFLOP/s of the kernels that a network's time goes to. */
export async function run({ backend: name, threads }: Options): Promise<Report> {
  const backend = await openBackend(name, threads);
  const main = await ours(backend, cases);
  const single = name === "as" && threads > 1 ? await ours(await openBackend(name, 1), cases) : undefined;
  const limit = await openPeak(name, threads);
  const peers = await openPeers({ threads });
  const contestants = [main, ...(single ? [single] : []), limit.contestant, ...peers];
  const samples = await interleave(contestants, [...cases.map((each) => each.name), PEAK]);
  for (const each of contestants) await each.close();

  const peak = limit.rate(samples);
  const rate = (who: Contestant, { name, operations }: Case) => {
    const found = samples(who, name);
    return found.length ? operations / median(found) / 1e6 : undefined;
  };
  const rows = cases.map((each): Row => {
    const own = rate(main, each)!;
    const oneThread = main.threads === 1 ? own : single && rate(single, each);
    const against = peers.flatMap((peer) => {
      const value = rate(peer, each);
      const rival = (peer.threads === 1 && oneThread) || own;
      return value ? [[peer.name, { value, ratio: rival / value, threads: peer.threads }] as const] : [];
    });
    return {
      ...{ name: each.name, shape: each.shape, backend: name, ours: own, unit: "GFLOP/s", floor: peak },
      ...{ peers: Object.fromEntries(against), threads: main.threads, oneThread },
    };
  });
  console.log(describe(backend));
  print(rows, peers, peak);
  return { rows, holds: true };
}

function print(rows: Row[], peers: readonly Contestant[], peak: number): void {
  const { threads } = rows[0];
  const each = threads ? `, ${fixed(peak / threads)} a thread` : "";
  console.log(`peak ${fixed(peak)} GFLOP/s${each}: ${PEAK}\n`);
  const head = ["GFLOP/s", "ours", "a thread", "with one", "ms", "floor ms", "of floor"];
  const columns = peers.map(({ name, threads: n }) => (n ? `${name}, ${n} thr.` : name));
  const body = rows.map((row, i) => [
    row.name,
    fixed(row.ours),
    fixed(row.ours / (threads ?? Number.NaN)),
    fixed(row.oneThread ?? Number.NaN),
    fixed(cases[i].operations / row.ours / 1e6, 2),
    fixed(cases[i].operations / peak / 1e6, 2),
    percent(row.ours / peak),
    ...peers.map(({ name }) => {
      const found = row.peers[name];
      return found ? `${significant(found.value)}  ${significant(found.ratio)}x` : "-";
    }),
  ]);
  console.log(table([...head, ...columns], body));
  if (peers.length) console.log("\nx: ours over the peer's, ours with one thread where the peer has one");
}
