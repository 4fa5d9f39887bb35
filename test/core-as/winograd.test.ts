/** 3x3 convolutions by Winograd's tiles against the direct kernels, which compute any convolution that is not 3x3. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Backend } from "../../core/backend.ts";
import { Memory } from "../../core/memory.ts";
import { conv2d, conv2dInputGrad, conv2dWeightGrad, sum } from "../../core/ops/index.ts";
import { compile } from "../../core/program.ts";
import { type Shape, size } from "../../core/shape.ts";
import { input, state, type Tensor } from "../../core/tensor.ts";
import { openBackend } from "../../core-as/node.ts";
import { distance, uniform } from "../numbers.ts";

/** Both sum in f32; the transforms cost about 1e-6 (core-as/runtime/winograd.ts), more with more channels. */
const TOLERANCE = 5e-6;

async function compute(backend: Backend, y: Tensor, given: [Tensor, Float32Array][]): Promise<Float32Array> {
  const memory = new Memory(backend);
  const target = state(y.shape);
  const program = await compile(backend, memory, [[{ target, value: y }]]);
  for (const [leaf, values] of given) memory.write(leaf, values);
  await program.run();
  const result = Float32Array.from(await memory.read(target));
  program.free();
  memory.free();
  return result;
}

const draw = (shape: Shape, name: string) => Float32Array.from({ length: size(shape) }, uniform(name));

/** [O, 3, 3, C] amid a frame of zeros, [O, 5, 5, C]. */
function framed(w: Float32Array, [O, , , C]: Shape): Float32Array {
  const wide = new Float32Array(O * 25 * C);
  for (let o = 0; o < O; o++)
    for (let tap = 0; tap < 9; tap++) {
      const [kh, kw] = [1 + Math.floor(tap / 3), 1 + (tap % 3)];
      const from = (o * 9 + tap) * C;
      wide.set(w.subarray(from, from + C), ((o * 5 + kh) * 5 + kw) * C);
    }
  return wide;
}

/** The inner 3 x 3 of [O, 5, 5, C]. */
function inner(wide: Float32Array, O: number, C: number): Float32Array {
  const taps = Array.from({ length: O * 9 }, (_, i) => {
    const [o, kh, kw] = [Math.floor(i / 9), 1 + (Math.floor(i / 3) % 3), 1 + (i % 3)];
    const from = ((o * 5 + kh) * 5 + kw) * C;
    return wide.subarray(from, from + C);
  });
  return Float32Array.from(taps.flatMap((tap) => [...tap]));
}

/** Images, height, width, channels, output channels, stride. */
const cases = [
  [3, 9, 17, 12, 20, 1],
  [2, 32, 32, 64, 64, 1],
  [9, 13, 30, 8, 9, 1],
  [80, 4, 4, 128, 132, 1],
  [19, 4, 4, 256, 320, 1],
  [35, 7, 8, 384, 352, 1],
  [66, 8, 8, 20, 16, 1],
  [3, 17, 33, 12, 20, 2],
  [5, 32, 31, 64, 72, 2],
  [66, 16, 16, 20, 16, 2],
  [35, 13, 16, 384, 352, 2],
];

describe.each(cases)("%i images of %i x %i, %i channels to %i, stride %i", (N, H, W, C, O, stride) => {
  const [X, Y, K, wideK] = [
    [N, H, W, C],
    [N, Math.ceil(H / stride), Math.ceil(W / stride), O],
    [O, 3, 3, C],
    [O, 5, 5, C],
  ];
  const [x, dy, w] = [draw(X, "x"), draw(Y, "dy"), draw(K, "w")];
  const [xs, dys, ws, wide] = [input(X), input(Y), input(K), input(wideK)];
  const passes: Record<string, { quick: Tensor; direct: Tensor }> = {
    output: {
      quick: conv2d(xs, ws, { stride, padding: 1 }),
      direct: conv2d(xs, wide, { stride, padding: 2 }),
    },
    "input gradient": {
      quick: conv2dInputGrad(dys, ws, { stride, padding: 1, extents: [H, W] }),
      direct: conv2dInputGrad(dys, wide, { stride, padding: 2, extents: [H, W] }),
    },
    "weight gradient": {
      quick: sum(conv2dWeightGrad(xs, dys, { stride, padding: 1, kernel: [3, 3] }), { from: 0, to: 1 }),
      direct: sum(conv2dWeightGrad(xs, dys, { stride, padding: 2, kernel: [5, 5] }), { from: 0, to: 1 }),
    },
  };
  const leaves: [Tensor, Float32Array][] = [
    [xs, x],
    [dys, dy],
    [ws, w],
    [wide, framed(w, K)],
  ];
  const used = (name: string, direct = false) =>
    leaves.filter(([leaf]) => {
      if (leaf === xs) return name !== "input gradient";
      if (leaf === dys) return name !== "output";
      return name !== "weight gradient" && (leaf === wide) === direct;
    });
  let backends: Backend[];
  beforeAll(async () => {
    backends = await Promise.all([1, 2, 3, 7].map((threads) => openBackend({ threads })));
  });
  afterAll(() => Promise.all(backends.map((each) => each.close())));

  test.each(Object.keys(passes))(
    "%s: the direct one's numbers, the same bits on any number of threads",
    async (name) => {
      const { quick, direct } = passes[name];
      const found = await Promise.all(backends.map((each) => compute(each, quick, used(name))));
      const plain = await compute(backends[0], direct, used(name, true));
      const expected = name === "weight gradient" ? inner(plain, O, C) : plain;
      expect(distance(found[0], expected)).toBeLessThan(TOLERANCE);
      expect(distance(found[0], expected)).toBeGreaterThan(0); // two ways of computing it
      for (const other of found) expect(other).toEqual(found[0]);
    },
  );
});
