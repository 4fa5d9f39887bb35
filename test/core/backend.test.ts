/** What every backend promises of runs that overlap, of reads and writes, and of its end. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Backend } from "../../core/backend.ts";
import { Memory } from "../../core/memory.ts";
import { affine, matmul } from "../../core/ops/index.ts";
import { compile } from "../../core/program.ts";
import { input, state, type Tensor } from "../../core/tensor.ts";
import { backends } from "../backends.ts";

const N = 64;

for (const [name, open] of Object.entries(backends))
  describe(`on ${name}`, () => {
    let backend: Backend;
    let memory: Memory;
    beforeAll(async () => {
      backend = await open();
      memory = new Memory(backend);
    });
    afterAll(() => backend?.close());

    /** A program that multiplies a matrix of ones by itself, over and over, each time divided by its size. */
    async function powers(factor: number) {
      const [ones, result] = [input([N, N]), state([N, N])];
      let x: Tensor = ones;
      for (let i = 0; i < 20; i++) x = affine(matmul(x, ones), { scale: 1 / N });
      const value = affine(x, { scale: factor });
      const program = await compile(backend, memory, [[{ target: result, value }]]);
      memory.write(ones, new Float32Array(N * N).fill(1));
      memory.write(result, new Float32Array(N * N));
      return { run: () => program.run(), result, expected: new Float32Array(N * N).fill(factor) };
    }

    test("programs that are started before others have ended take their turns", async () => {
      const [two, three] = [await powers(2), await powers(3)];
      await Promise.all([two.run(), three.run(), two.run(), three.run()]);
      expect(await memory.read(two.result)).toEqual(two.expected);
      expect(await memory.read(three.result)).toEqual(three.expected);
    });

    test("a read sees what the runs before it compute, though nobody waited for them", async () => {
      const { run, result, expected } = await powers(5);
      const running = run();
      expect(await memory.read(result)).toEqual(expected);
      await running;
    });

    test("all element types are read as they were written, at odd lengths too", async () => {
      const written: [Tensor, Float32Array | Uint32Array | Uint8Array][] = [
        [input([5]), Float32Array.of(1.5, -0, Number.POSITIVE_INFINITY, 1e-45, 3)],
        [input([3], "u32"), Uint32Array.of(0, 2 ** 31, 2 ** 32 - 1)],
        [input([7], "u8"), Uint8Array.of(1, 2, 3, 4, 5, 6, 255)],
      ];
      for (const [leaf, values] of written) memory.write(leaf, values);
      for (const [leaf, values] of written) expect(await memory.read(leaf)).toEqual(values);
    });
  });
