/** What programs and their leaves hold on a device, and that they give it back. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Backend } from "../../core/backend.ts";
import { Memory } from "../../core/memory.ts";
import { affine, relu, sum } from "../../core/ops/index.ts";
import { compile, type Needs, PlanError, type Program } from "../../core/program.ts";
import { input, part, state, type Tensor } from "../../core/tensor.ts";
import { backends } from "../backends.ts";

const double = (x: Tensor) => affine(x, { scale: 2 });

for (const name of ["as, 2 threads", "wgsl"])
  describe(`on ${name}`, () => {
    let backend: Backend;
    let memory: Memory;
    let before: ReturnType<Backend["usage"]>;
    beforeAll(async () => {
      backend = await backends[name]();
      memory = new Memory(backend);
      before = backend.usage();
    });
    afterAll(() => backend?.close());

    test.each([
      ["in one tensor", { tensor: 1e6 }, 1048640],
      ["in one arena", { storage: 1e6 }, 1048640],
      ["all together", { total: 1.5e6 }, 2 * 1048640],
    ])(
      "a program larger than the backend %s is refused with its bytes, and leaves nothing behind",
      async (where, limit, least) => {
        const segment = [{ target: state([]), value: sum(relu(double(input([512, 512])))) }];
        const limits = { tensor: 1e9, storage: 1e9, total: 1e9, ...limit };
        const usage = () => ({ ...backend.usage(), bytes: backend.usage().bytes - before.bytes }); // of others
        const error = await compile({ ...backend, limits, usage }, memory, [segment]).catch((error) => error);
        expect(error).toBeInstanceOf(PlanError);
        const [[key, has]] = Object.entries(limit) as [[keyof Needs, number]];
        const { needed, available } = error as PlanError;
        expect(needed[key]).toBeGreaterThanOrEqual(least);
        expect(available[key]).toBeLessThanOrEqual(has);
        expect(error.message).toBe(
          `program: intermediate tensors need ${needed[key]} bytes${key === "total" ? "" : ` ${where}`}; ` +
            `${backend.name} has ${available[key]}; use a smaller batch`,
        );
        memory.free();
        expect(backend.usage()).toEqual(before);
      },
    );

    test("a program of many steps reuses the memory of what nobody reads any more", async () => {
      let x: Tensor = input([1000]);
      for (let i = 0; i < 50; i++) x = relu(double(x));
      const program = await compile(backend, memory, [[{ target: state([]), value: sum(x) }]]);
      const { bytes, arenas, commands } = program.memory;
      expect(commands).toBe(101);
      expect(bytes).toBeLessThan(3 * 4 * 1200); // what an op reads and writes, and room to align it
      expect(arenas.reduce((a, b) => a + b, 0)).toBe(bytes);
      program.free();
      memory.free();
    });

    test("programs and leaves give everything back when they are freed", async () => {
      const [x, y] = [input([1000]), state([1000])];
      const programs: Program[] = [];
      for (let i = 0; i < 2; i++)
        programs.push(await compile(backend, memory, [[{ target: y, value: relu(double(double(x))) }]]));
      expect(backend.usage().bytes).toBeGreaterThan(before.bytes + 2 * 4000);
      for (const each of [...programs, memory]) each.free();
      expect(backend.usage()).toEqual(before);
    });

    test("what lies in a part of an arena is the arena's", async () => {
      const [arena, leaf] = [state([128]), state([3])];
      memory.place(leaf, part(arena, 64, [3]));
      memory.write(
        arena,
        Float32Array.from({ length: 128 }, (_, i) => i),
      );
      memory.write(leaf, Float32Array.of(1, 2, 3));
      expect((await memory.read(arena)).subarray(63, 68).join(" ")).toBe("63 1 2 3 67");
      memory.free();
      expect(backend.usage()).toEqual(before);
    });

    test("values that are too many or too few are refused", () => {
      expect(() => memory.write(state([3]), new Float32Array(4))).toThrow(
        "memory: a tensor of 3 elements cannot take 4",
      );
      memory.free();
    });
  });
