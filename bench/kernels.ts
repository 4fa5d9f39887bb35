import { affine, conv2d, conv2dInputGrad, conv2dWeightGrad, matmul, sum } from "../core/ops/index.ts";
import { size } from "../core/shape.ts";
import { input } from "../core/tensor.ts";
import { type Contestant, interleave } from "./contestant.ts";
import { errorOf } from "./errors.ts";
import type { Options, Report } from "./index.ts";
import { type Case, describe, openBackend, ours, pairs } from "./ours.ts";
import { openPeak, PEAK } from "./peak.ts";
import { openPeers } from "./peers/index.ts";
import type { Row } from "./row.ts";
import { fixed, median, percent, significant, table, total } from "./table.ts";

const N = 1024;

const product = (name: string, attributes: { ta?: boolean; tb?: boolean }): Case => ({
  ...{ name, shape: `${N}x${N}x${N}`, operations: 2 * N ** 3 },
  inputs: [
    [N, N],
    [N, N],
  ],
  build: ([a, b]) => matmul(a, b, attributes),
});

/** The three passes of a 3x3 convolution of 32 images; operations are the direct way's, what meets padding counted, as the field does. */
function convolution(channels: number, extent: number, images = 32): Case[] {
  const X = [images, extent, extent, channels]; // images, height, width, channels
  const W = [channels, 3, 3, channels];
  const pass = (name: string, inputs: number[][], build: Case["build"]): Case => ({
    ...{ name: `conv3x3c${channels}-${name}`, shape: X.join("x"), inputs, build },
    operations: 2 * images * extent ** 2 * channels ** 2 * 9,
  });
  return [
    pass("forward", [X, W], ([x, w]) => conv2d(x, w, { padding: 1 })),
    pass("inputGrad", [X, W], ([dy, w]) => conv2dInputGrad(dy, w, { padding: 1, extents: [extent, extent] })),
    pass("weightGrad", [X, X], ([x, dy]) =>
      sum(conv2dWeightGrad(x, dy, { padding: 1, kernel: [3, 3] }), { from: 0, to: 1 }),
    ),
  ];
}

const cases: Case[] = [
  product("matmul1024", {}),
  product("matmul1024-NT", { tb: true }),
  product("matmul1024-TN", { ta: true }),
  ...convolution(64, 32),
  ...convolution(128, 16), // ResNet-18's stages on 32 x 32 pixels
  ...convolution(256, 8),
  ...convolution(512, 4),
];

/** Images of which results are compared with float64, by slow references. */
const EXACT_IMAGES = 4;

/** What arithmetic cannot outrun: a read and a write of 64 MB each. */
const BANDWIDTH: Case = {
  ...{ name: "reading and writing 64 MB", shape: "16777216", operations: 0, inputs: [[2 ** 24]] },
  build: ([x]) => affine(x, { scale: 2 }),
};
const BANDWIDTH_BYTES = 2 * 4 * 2 ** 24;

/** Bytes that a case reads and writes at least. */
const bytesOf = ({ inputs, build }: Case): number => {
  const given = inputs.map((shape) => input(shape));
  return 4 * total([...given, ...[build(given)].flat()].map(({ shape }) => size(shape)));
};

/** Multiplications of the direct way over those of Winograd's F(4x4, 3x3): 144 for each 36. */
const winograd = ({ name }: Case) => (name.startsWith("conv3x3") ? 4 : 1);

/** GFLOP/s of the kernels that a network's time goes to. */
export async function run({ backend: name, threads, revectorize }: Options): Promise<Report> {
  const backend = await openBackend(name, threads, revectorize);
  const main = await ours(backend, [...cases, BANDWIDTH]);
  const single =
    name === "as" && threads > 1 ? await ours(await openBackend(name, 1, revectorize), cases) : undefined;
  const limit = await openPeak(name, threads, pairs(backend));
  const peers = await openPeers({ threads });
  const contestants = [main, ...(single ? [single] : []), limit.contestant, ...peers];
  const samples = await interleave(contestants, [...cases.map((each) => each.name), BANDWIDTH.name, PEAK]);
  const errors: Row[] = [];
  for (const each of [64, 128, 256, 512].flatMap((c) => convolution(c, 2048 / c, EXACT_IMAGES))) {
    const { relative, largest } = await errorOf(backend, each);
    const about = { shape: each.shape, backend: name, floor: null, peers: {} };
    errors.push(
      { ...about, name: `${each.name}-error`, ours: relative, unit: "relative L2" },
      { ...about, name: `${each.name}-largest-error`, ours: largest, unit: "of rms" },
    );
  }
  for (const each of contestants) await each.close();

  const bandwidth = BANDWIDTH_BYTES / median(samples(main, BANDWIDTH.name)) / 1e6; // GB/s
  /** GFLOP/s at the peak, or where bytes take longer, at the bandwidth. */
  const bound = (each: Case, rate: number) => Math.min(rate, (each.operations / bytesOf(each)) * bandwidth);
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
      ...{
        name: each.name,
        shape: each.shape,
        backend: name,
        ours: own,
        unit: "GFLOP/s",
        floor: bound(each, peak * winograd(each)),
        ...(winograd(each) > 1 && { directFloor: bound(each, peak) }),
      },
      ...{ peers: Object.fromEntries(against), threads: main.threads, oneThread },
    };
  });
  console.log(describe(backend));
  print(rows, peers, peak);
  console.log(`bandwidth ${fixed(bandwidth)} GB/s: ${BANDWIDTH.name} each\n`);
  printErrors(errors);
  return { rows: [...rows, ...errors], holds: true };
}

/** Errors of the passes of 3x3 convolutions against float64. */
function printErrors(errors: readonly Row[]): void {
  const small = (value: number) => value.toExponential(1);
  const body = errors.flatMap(({ name, ours, unit }, i) =>
    unit === "of rms" ? [] : [[name.replace("-error", ""), small(ours), small(errors[i + 1].ours)]],
  );
  console.log(table([`${EXACT_IMAGES} images, against float64`, "relative L2", "max / rms"], body));
}

function print(rows: Row[], peers: readonly Contestant[], peak: number): void {
  const { threads } = rows[0];
  const each = threads ? `, ${fixed(peak / threads)} a thread` : "";
  console.log(`peak ${fixed(peak)} GFLOP/s${each}: ${PEAK}\n`);
  const head = [
    "GFLOP/s",
    "ours",
    "a thread",
    "with one",
    "floor",
    "direct floor",
    "ms",
    "floor ms",
    "of floor",
  ];
  const columns = peers.map(({ name, threads: n }) => (n ? `${name}, ${n} thr.` : name));
  const body = rows.map((row, i) => [
    row.name,
    fixed(row.ours),
    fixed(row.ours / (threads ?? Number.NaN)),
    fixed(row.oneThread ?? Number.NaN),
    fixed(row.floor!),
    fixed(row.directFloor ?? Number.NaN),
    fixed(cases[i].operations / row.ours / 1e6, 2),
    fixed(cases[i].operations / row.floor! / 1e6, 2),
    percent(row.ours / row.floor!),
    ...peers.map(({ name }) => {
      const found = row.peers[name];
      return found ? `${significant(found.value)}  ${significant(found.ratio)}x` : "-";
    }),
  ]);
  console.log(table([...head, ...columns], body));
  console.log("\nfloor: a quarter of the direct one for 3x3 convolutions, by Winograd's F(4x4, 3x3)");
  if (peers.length) console.log("x: ours over the peer's, ours with one thread where the peer has one");
}
