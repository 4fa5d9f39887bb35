/** What programs and their leaves hold on a device, and that they give it back. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Backend } from "../../core/backend.ts";
import { apply } from "../../core/cluster/apply.ts";
import { assign, pca, project } from "../../core/cluster/index.ts";
import { knn } from "../../core/eval/knn.ts";
import { linear } from "../../core/eval/linear.ts";
import { Memory } from "../../core/memory.ts";
import { layer } from "../../core/nn/index.ts";
import { affine, l2Normalize, relu, sum } from "../../core/ops/index.ts";
import { compile, type Needs, PlanError, type Program } from "../../core/program.ts";
import { input, part, state, type Tensor } from "../../core/tensor.ts";
import { openTraining } from "../../core/train/training.ts";
import { backends } from "../backends.ts";
import { uniform } from "../numbers.ts";
import { noise, tiny } from "./train/runs.ts";

const normalize = layer({}, (x) => l2Normalize(x, {}));
const double = (x: Tensor) => affine(x, { scale: 2 });

const rows = { values: Float32Array.from({ length: 60 }, uniform("rows")), count: 20, dimension: 3 };
const labelled = { ...rows, labels: new Uint32Array(20).map((_, i) => i % 2), classes: ["ant", "bee"] };
const axes = {
  mean: new Float64Array(3),
  components: Float64Array.of(1, 0, 0),
  variances: Float64Array.of(1),
};

/** What compiles on memory of its own. */
const compiling: Record<string, (backend: Backend) => Promise<unknown>> = {
  knn: (backend) => knn(backend, labelled, labelled, { k: 3 }),
  linear: (backend) => linear(backend, labelled, labelled, { maxIterations: 1 }),
  pca: (backend) => pca(backend, rows, { dimensions: 2 }),
  project: (backend) => project(backend, rows, axes),
  apply: (backend) => apply(backend, normalize, rows, () => expect.unreachable("it has no state")),
  assign: (backend) => assign(backend, rows, rows),
  async openTraining(backend) {
    const config = tiny({ batchSize: 8 });
    const training = await openTraining(config, noise(8), backend);
    training.free();
  },
};

/** A backend on which the nth program is refused. */
function refusing(backend: Backend, nth: number): Backend {
  let compiled = 0;
  const compile: Backend["compile"] = async (...given) => {
    if (compiled++ === nth) throw new Error("refused");
    return backend.compile(...given);
  };
  return { ...backend, compile };
}

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

    test.each(Object.entries(compiling))(
      "%s gives everything back, whichever of its programs is refused",
      async (_, make) => {
        let error: Error | undefined;
        for (let nth = 0; nth === 0 || error; nth++) {
          error = await make(refusing(backend, nth)).then(
            () => undefined,
            (error) => error,
          );
          if (nth === 0 || error) expect(error).toEqual(new Error("refused"));
          expect(backend.usage()).toEqual(before);
        }
      },
    );

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

    test("a leaf larger than the backend takes in one tensor is refused in a line, and takes nothing", () => {
      const small = new Memory({ ...backend, limits: { ...backend.limits, tensor: 4000 } });
      small.locate(state([10, 100]));
      small.free();
      expect(() => small.write(input([11, 91], "u32"), new Uint32Array(1001))).toThrow(
        new RangeError(
          `memory: u32 [11, 91] needs 4004 bytes in one tensor; ${backend.name} has 4000; ` +
            "use fewer or smaller images, or fewer rows",
        ),
      );
      expect(backend.usage()).toEqual(before);
    });

    test("values that are too many or too few are refused", () => {
      expect(() => memory.write(state([3]), new Float32Array(4))).toThrow(
        "memory: a tensor of 3 elements cannot take 4",
      );
      memory.free();
    });
  });
