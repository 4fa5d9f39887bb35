/** Kernels compiled with V8's 256-bit pairs: chosen where they are right and faster; bits are those without. */
import { execFile } from "node:child_process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Backend } from "../../core/backend.ts";
import { Memory } from "../../core/memory.ts";
import { conv2d, conv2dInputGrad, conv2dWeightGrad, matmul, sum } from "../../core/ops/index.ts";
import { compile } from "../../core/program.ts";
import { type Shape, size } from "../../core/shape.ts";
import { state, type Tensor } from "../../core/tensor.ts";
import { openTraining } from "../../core/train/training.ts";
import { openBackend } from "../../core-as/node.ts";
import { compileEagerly, tryPairs } from "../../core-as/revectorize.ts";
import { bitsOf, noise, stateAt, tiny } from "../core/train/runs.ts";
import { uniform } from "../numbers.ts";

const known = await knowsFlag();

/** Whether this Node takes the flag at all. */
async function knowsFlag(): Promise<boolean> {
  const flags = ["--experimental-wasm-revectorize", "--eval", ""];
  return promisify(execFile)(process.execPath, flags).then(
    () => true,
    () => false,
  );
}

let narrow: Backend;
let wide: Backend;
beforeAll(async () => {
  narrow = await openBackend({ threads: 2, revectorize: false });
  wide = await openBackend({ threads: 3 });
});
afterAll(() => Promise.all([narrow.close(), wide.close()]));

test("what was chosen is said, and why not where it was not", () => {
  expect(narrow.description.revectorized).toBe("no: switched off");
  expect(wide.description.revectorized).toMatch(known ? /^yes$|^no: it is not faster here$/ : /^no: /);
});

test("where no process may be started kernels are compiled as they are, and that is said", async () => {
  const node = fileURLToPath(new URL("../../core-as/node.ts", import.meta.url));
  const script = `
    import { openBackend } from ${JSON.stringify(node)};
    const backend = await openBackend({ threads: 1 });
    console.log(backend.description.revectorized);
    await backend.close();`;
  const flags = ["--permission", "--allow-fs-read=*", "--allow-worker", "--eval"];
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, script]);
  expect(stdout).toMatch(
    process.arch === "x64" ? /^no: the trial could not start \(ERR_ACCESS_DENIED\)$/m : /^no: /,
  );
});

test("a compute thread that cannot start is told, not waited for", async () => {
  const node = fileURLToPath(new URL("../../core-as/node.ts", import.meta.url));
  const broken =
    "import { isMainThread } from 'node:worker_threads'; if (!isMainThread) throw new Error('no thread');";
  const script = `
    import { openBackend } from ${JSON.stringify(node)};
    await openBackend({ threads: 2, revectorize: false }).catch(({ message }) => console.log(message));`;
  const flags = ["--import", `data:text/javascript,${broken}`, "--eval"];
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, script]);
  expect(stdout).toMatch(/^as: compute thread \d failed: Error: no thread/);
});

test("a module that does not compile, or a file that is none, is not tried further", async () => {
  expect(await tryPairs(pathToFileURL(fileURLToPath(import.meta.url)))).toBe(
    process.arch === "x64"
      ? known
        ? "no: the trial failed"
        : "no: this V8 does not know the flag"
      : expect.any(String),
  );
  expect(() => compileEagerly(Uint8Array.of(1, 2, 3), false)).toThrow(WebAssembly.CompileError);
});

/** The bits of a value by a backend, from the same numbers of [-1, 1). */
async function compute(backend: Backend, shapes: Shape[], build: (leaves: Tensor[]) => Tensor) {
  const memory = new Memory(backend);
  const leaves = shapes.map((shape) => state(shape));
  const value = build(leaves);
  const target = state(value.shape);
  const program = await compile(backend, memory, [[{ target, value }]]);
  for (const [i, leaf] of leaves.entries())
    memory.write(leaf, Float32Array.from({ length: size(leaf.shape) }, uniform("revectorize", i)));
  await program.run();
  const bits = Uint32Array.from(new Uint32Array((await memory.read(target)).buffer));
  program.free();
  memory.free();
  return bits;
}

describe("bits are the same with pairs and without", () => {
  // M, N, K: no extent divides a tile; whole pairs of panels alone; several stretches of K; fewer rows than a tile
  const products = [
    [1, 1, 1],
    [6, 16, 4],
    [50, 43, 401],
    [97, 72, 800],
    [5, 64, 33],
  ];
  test.each(products)("of products %i x %i x %i, transposed or not", async (M, N, K) => {
    for (const ta of [false, true])
      for (const tb of [false, true]) {
        const shapes = [ta ? [K, M] : [M, K], tb ? [N, K] : [K, N]];
        const build = ([a, b]: Tensor[]) => matmul(a, b, { ta, tb });
        expect(await compute(wide, shapes, build)).toEqual(await compute(narrow, shapes, build));
      }
  });

  // images, height, width, channels, outputs, extent of the kernel, stride
  const convolutions = [
    [3, 9, 17, 12, 20, 3, 1],
    [2, 12, 12, 72, 44, 3, 1],
    [3, 8, 8, 384, 360, 3, 1], // outputs divided among threads, an odd number of panels for each
    [3, 17, 33, 12, 20, 3, 2],
    [2, 16, 16, 64, 136, 3, 2],
    [2, 9, 11, 20, 41, 5, 2],
    [4, 9, 9, 3, 64, 3, 1],
  ];
  test.each(convolutions)(
    "of %i images of %i x %i, %i to %i channels, kernels of %i at stride %i",
    async (...given) => {
      const [N, H, W, C, O, K, stride] = given;
      const padding = (K - 1) / 2;
      const [OH, OW] = [H, W].map((extent) => Math.floor((extent - 1) / stride) + 1);
      const [x, w, dy] = [
        [N, H, W, C],
        [O, K, K, C],
        [N, OH, OW, O],
      ];
      const passes: [Shape[], (leaves: Tensor[]) => Tensor][] = [
        [[x, w], ([x, w]) => conv2d(x, w, { padding, stride })],
        [[dy, w], ([dy, w]) => conv2dInputGrad(dy, w, { padding, stride, extents: [H, W] })],
        [
          [x, dy],
          ([x, dy]) => sum(conv2dWeightGrad(x, dy, { padding, stride, kernel: [K, K] }), { from: 0, to: 1 }),
        ],
      ];
      for (const [shapes, build] of passes)
        expect(await compute(wide, shapes, build)).toEqual(await compute(narrow, shapes, build));
    },
  );

  test("of a run's every tensor after three steps", async () => {
    const [a, b] = await Promise.all(
      [narrow, wide].map(async (backend) => {
        const training = await openTraining(tiny({ "encoder.width": 8 }), noise(), backend);
        const bits = bitsOf(await stateAt(training, 3));
        training.free();
        return bits;
      }),
    );
    expect(b).toEqual(a);
  });
});
