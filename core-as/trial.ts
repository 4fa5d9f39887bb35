/**
 * A process of its own that tries kernels compiled with pairs (revectorize.ts) against the same without: prints "yes", or "no: " and
 * why. Each is run on odd shapes and must give the same bits; products and a convolution must take less time.
 */
import { readFileSync } from "node:fs";
import { control, HEAP, instantiate, type Kernels } from "./module.ts";
import { compileEagerly } from "./revectorize.ts";

/** Time without pairs over time with them, at least. */
const GAIN = 1.15;
const ROUNDS = 5;
/** Bytes of memory each for inputs, output and scratch. */
const PART = 8 * 2 ** 20;

/** A kernel, extents of its two inputs and its output, and what follows their addresses in its arguments. */
interface Case {
  kernel: "matmul" | "conv2d" | "conv2dInputGrad" | "conv2dWeightGrad";
  a: number;
  b: number;
  y: number;
  fields: number[];
}

const product = (M: number, N: number, K: number, ta = 0, tb = 0): Case => ({
  ...{ kernel: "matmul", a: M * K, b: K * N, y: M * N },
  fields: [M, N, K, ta, tb],
});

/** The three passes of a convolution. */
function passes(N: number, H: number, W: number, C: number, O: number, K = 3, stride = 1): Case[] {
  const padding = (K - 1) >> 1;
  const [OH, OW] = [H, W].map((extent) => Math.floor((extent + 2 * padding - K) / stride) + 1);
  const [x, w, y] = [N * H * W * C, O * K * K * C, N * OH * OW * O];
  const fields = [N, H, W, C, O, K, K, OH, OW, stride, padding, 1, 1];
  return [
    { kernel: "conv2d", a: x, b: w, y, fields },
    { kernel: "conv2dInputGrad", a: y, b: w, y: x, fields },
    { kernel: "conv2dWeightGrad", a: x, b: y, y: w, fields: [...fields, 1] },
  ];
}

const timed = [product(240, 240, 240), passes(4, 16, 16, 64, 64)[0]];
const cases = [
  ...timed,
  ...[0, 1].flatMap((ta) =>
    [0, 1].flatMap((tb) => [product(7, 17, 5, ta, tb), product(50, 43, 401, ta, tb)]),
  ),
  ...passes(3, 9, 17, 12, 20), // Winograd's way, tiles divided among threads
  ...passes(2, 8, 8, 72, 68),
  ...passes(2, 8, 8, 384, 352), // panels divided
  ...passes(3, 17, 33, 12, 20, 3, 2),
  ...passes(1, 9, 11, 20, 41, 5, 2), // directly
  ...passes(4, 9, 9, 3, 64),
];

const bytes = readFileSync(process.argv[2]);
const [narrow, wide] = [false, true].map((pairs) => {
  const memory = new WebAssembly.Memory({ initial: (HEAP + 3 * PART) / 65536, maximum: 65536, shared: true });
  const { kernels } = instantiate(compileEagerly(bytes, pairs), memory);
  new Uint32Array(memory.buffer)[control.wide / 4] = Number(pairs);
  return { kernels, memory };
});

/** Same numbers of [-1, 1) for both, from a linear congruential generator (Numerical Recipes' constants). */
for (const { memory } of [narrow, wide]) {
  const inputs = new Float32Array(memory.buffer, HEAP, PART / 4);
  let seed = 1;
  for (let i = 0; i < inputs.length; i++) {
    seed = (Math.imul(seed, 1664525) + 1013904223) | 0;
    inputs[i] = seed / 2 ** 31;
  }
}

function run({ kernels, memory }: { kernels: Kernels; memory: WebAssembly.Memory }, each: Case): Uint32Array {
  const place = [HEAP, HEAP + 4 * each.a, HEAP + PART, HEAP + 2 * PART];
  new Uint32Array(memory.buffer, control.probe).set([...place, ...each.fields]);
  const kernel = kernels[each.kernel] as (args: number, thread: number, threads: number) => void;
  kernel(control.probe, 0, 1);
  return new Uint32Array(memory.buffer, HEAP + PART, each.y);
}

/** Milliseconds of the fastest of some runs. */
function fastest(which: typeof narrow, each: Case): number {
  const times = Array.from({ length: ROUNDS }, () => {
    const start = performance.now();
    run(which, each);
    return performance.now() - start;
  });
  return Math.min(...times);
}

function verdict(): string {
  for (const each of cases) {
    const [expected, found] = [run(narrow, each), run(wide, each)];
    if (found.some((word, i) => word !== expected[i])) return `no: ${each.kernel} differs`;
  }
  const gain = timed.map((each) => fastest(narrow, each) / fastest(wide, each));
  if (process.argv[3]) console.error(gain);
  return Math.min(...gain) < GAIN ? "no: it is not faster here" : "yes";
}

console.log(verdict());
