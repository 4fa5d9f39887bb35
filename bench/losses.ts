import { gradients } from "../core/autograd.ts";
import type { Backend } from "../core/backend.ts";
import { ntXent } from "../core/losses/index.ts";
import { Memory } from "../core/memory.ts";
import { affine, exp, logSumExp, matmul, mean, ntXentRows, sub } from "../core/ops/index.ts";
import { compile } from "../core/program.ts";
import { stream } from "../core/random.ts";
import { input, reshape, state, type Tensor } from "../core/tensor.ts";
import { compare, type Field, type Measured, printRows } from "./compare.ts";
import { type Contestant, interleave } from "./contestant.ts";
import type { Options, Report } from "./index.ts";
import { type Case, describe, openBackend, ours, pairs, unit } from "./ours.ts";
import { openPeak, PEAK } from "./peak.ts";
import { openTorch } from "./peers/torch.ts";
import { fixed } from "./table.ts";

const D = 128;
const TEMPERATURE = 0.5;
const [SMALL, LARGE] = [8192, 65536];
/** Bytes beside inputs and results that 65,536 rows may take. */
const MOST_BYTES = 64e6;
/** Rows of which losses and gradients are computed in float64, and the largest error, in proportion. */
const LOSS_ROWS = 256;
const GRADIENT_ROWS = 64;
const TOLERANCE = 1e-4;
/** A GPU that a CPU plays would take minutes: it gets rows by the eighth. */
const SOFTWARE = 8;

/** NT-Xent and its gradient with respect to z; at least the products of Z Z^T and of the weights with Z. */
const fused = (rows: number, name: string): Case => ({
  ...{ name, shape: `${rows}x${D}`, inputs: [[rows, D]], unitRows: true, operations: 4 * rows ** 2 * D },
  build: ([z]) => {
    const loss = ntXent(z, { temperature: TEMPERATURE });
    return [loss, ...gradients(loss, [z])];
  },
});

/** The least that whole matrices take: S = Z Z^T, its softmax P in memory, P Z. */
const naive = (rows: number, name: string): Case => ({
  ...fused(rows, name),
  build: ([z]) => {
    const s = matmul(affine(z, { scale: 1 / TEMPERATURE }), z, { tb: true }); // [2N, 2N]
    const lse = logSumExp(s);
    return [lse, matmul(exp(sub(s, reshape(lse, [rows, 1]))), z)];
  },
});

/** Milliseconds of a contrastive loss and its gradient, and that neither memory nor numbers suffer from many rows. */
export async function run({ backend: name, threads, revectorize }: Options): Promise<Report> {
  const backend = await openBackend(name, threads, revectorize);
  const by = backend.description.software ? SOFTWARE : 1;
  const [small, large] = [fused(SMALL / by, `ntxent${SMALL}`), fused(LARGE / by, `ntxent${LARGE}`)];
  const main = await ours(backend, [small]);
  const single =
    name === "as" && threads > 1 ? await ours(await openBackend(name, 1, revectorize), [small]) : undefined;
  const whole = await ours(await openBackend(name, threads, revectorize), [naive(SMALL / by, small.name)]);
  const limit = await openPeak(name, threads, pairs(backend));
  const torch = by === 1 ? await openTorch({ threads }) : "torch: the rows are fewer";
  if (typeof torch === "string") console.error(`without ${torch}`);
  const peers: Contestant[] = [
    { ...whole, name: "whole-matrices" },
    ...(typeof torch === "string" ? [] : [torch]),
  ];
  const contestants = [main, ...(single ? [single] : []), limit.contestant, ...peers];
  const samples = await interleave(contestants, [small.name, PEAK]);
  const checked = await check(backend, LARGE / by);

  const peak = limit.rate(samples);
  const measured = [small, large].map(
    ({ name, shape, operations }): Measured => ({ name, shape, floor: operations / peak / 1e6 }),
  );
  const field: Field = { backend: name, main, single, peers };
  const once = (who: Contestant) => (who === main ? [checked.ms] : []);
  const rows = compare(
    measured,
    (who, name) => (name === large.name ? once(who) : samples(who, name)),
    field,
  );
  for (const each of contestants) await each.close();

  console.log(
    `${describe(backend)}\nNT-Xent of rows of ${D} and its gradient; peak ${fixed(peak)} GFLOP/s: ${PEAK}`,
  );
  console.log(
    "floor: two products of whole matrices at the peak; whole-matrices: they, a softmax between, on our backend\n",
  );
  printRows(rows, peers);
  const { bytes, losses, gradient } = checked;
  console.log(
    `\n${large.shape}: ${fixed(bytes / 1e6, 2)} MB beside input and results; against float64, ${LOSS_ROWS} losses within ` +
      `${losses.toExponential(1)}, ${GRADIENT_ROWS} rows of the gradient within ${gradient.toExponential(1)}`,
  );
  const broken = [
    ...(bytes < MOST_BYTES ? [] : [`${bytes} bytes; bound ${MOST_BYTES}`]),
    ...(Math.max(losses, gradient) < TOLERANCE ? [] : [`errors; bound ${TOLERANCE}`]),
  ];
  for (const line of broken) console.log(`violated: ${line}`);
  const about = { shape: large.shape, backend: name, floor: null, peers: {} };
  return {
    rows: [
      ...rows,
      { ...about, name: `${large.name}-memory`, ours: bytes / 1e6, unit: "MB" },
      { ...about, name: `${large.name}-loss-error`, ours: losses, unit: "relative" },
      { ...about, name: `${large.name}-gradient-error`, ours: gradient, unit: "relative" },
    ],
    holds: broken.length === 0,
  };
}

/** The time of one run of many rows, what they take beside input and results, and how far some results are from float64's. */
async function check(
  backend: Backend,
  rows: number,
): Promise<{ ms: number; bytes: number; losses: number; gradient: number }> {
  const memory = new Memory(backend);
  const z = input([rows, D]);
  const each = ntXentRows(z, { temperature: TEMPERATURE }); // [rows]
  const [dz] = gradients(mean(each), [z]); // what ntXent is
  const [losses, gradient]: Tensor[] = [each, dz].map(({ shape }) => state(shape));
  const program = await compile(backend, memory, [
    [
      { target: losses, value: each },
      { target: gradient, value: dz },
    ],
  ]);
  const random = stream(2, "bench");
  const values = unit(
    Float32Array.from({ length: rows * D }, () => 2 * random.uniform() - 1),
    D,
  );
  memory.write(z, values);
  const start = performance.now();
  await program.run();
  const [ours, ourGradient] = [await memory.read(losses), await memory.read(gradient)];
  const ms = performance.now() - start;
  const bytes = program.memory.bytes;
  program.free();
  memory.free();

  const partner = (i: number) => (i + rows / 2) % rows;
  const similarity = (i: number, j: number) => {
    let sum = 0;
    for (let d = 0; d < D; d++) sum += values[i * D + d] * values[j * D + d];
    return sum / TEMPERATURE;
  };
  const lse = Float64Array.from({ length: rows }, (_, i) => ours[i] + similarity(i, partner(i)));
  const sampled = (count: number) =>
    Array.from({ length: count }, (_, n) => Math.floor(((n + 0.5) / count) * rows));
  const lossErrors = sampled(LOSS_ROWS).map((i) => {
    let sum = 0;
    for (let j = 0; j < rows; j++) if (j !== i) sum += Math.exp(similarity(i, j));
    const exact = Math.log(sum) - similarity(i, partner(i));
    return Math.abs(ours[i] - exact) / Math.abs(exact);
  });
  const gradientErrors = sampled(GRADIENT_ROWS).map((i) => {
    const exact = new Float64Array(D);
    for (let j = 0; j < rows; j++) {
      if (j === i) continue;
      const s = similarity(i, j);
      const weight = Math.exp(s - lse[i]) + Math.exp(s - lse[j]) - (j === partner(i) ? 2 : 0);
      for (let d = 0; d < D; d++) exact[d] += (weight * values[j * D + d]) / TEMPERATURE / rows;
    }
    return Math.hypot(...exact.map((x, d) => x - ourGradient[i * D + d])) / Math.hypot(...exact);
  });
  return { ms, bytes, losses: Math.max(...lossErrors), gradient: Math.max(...gradientErrors) };
}
