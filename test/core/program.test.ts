/** What programs compute: assignments, segments, state that is read while it changes. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { detach } from "../../core/autograd.ts";
import type { Backend } from "../../core/backend.ts";
import { Memory } from "../../core/memory.ts";
import { add, affine, ema, matmul, mul, relu } from "../../core/ops/index.ts";
import { type Assignment, compile } from "../../core/program.ts";
import { input, part, reshape, state, type Tensor, type Values } from "../../core/tensor.ts";
import { backends } from "../backends.ts";
import { holds, run } from "./run.ts";

const double = (x: Tensor) => affine(x, { scale: 2 });
const plus = (x: Tensor, shift: number) => affine(x, { shift });

for (const name of ["as, 2 threads", "wgsl"])
  describe(`a program on ${name}`, () => {
    let backend: Backend;
    beforeAll(async () => {
      backend = await backends[name]();
    });
    afterAll(() => backend?.close());
    const [x, half] = [input([4]), input([1])];
    const [a, b, c] = [state([4]), state([4]), state([4])];
    const given = [holds(x, 1, 2, 3, 4), holds(half, 0.5)];
    const ran = (segments: Assignment[][], more: [Tensor, Values][], wanted: Tensor[]) =>
      run(backend, segments, [...given, ...more], wanted);

    test("runs only what an assignment needs, computed where it is to be", async () => {
      relu(double(x)); // traced, wanted by nobody
      const { results, commands, bytes } = await ran([[{ target: a, value: plus(x, 1) }]], [], [a]);
      expect({ results, commands, bytes }).toEqual({ results: ["2 3 4 5"], commands: 1, bytes: 0 });
    });

    test("computes what several want once, and gives it to all of them", async () => {
      const shared = double(x);
      const [c, d] = [state([4]), state([4])];
      const values = [plus(shared, 1), plus(shared, 2), shared, shared];
      const segment = [a, b, c, d].map((target, i) => ({ target, value: values[i] }));
      const { results, commands } = await ran([segment], [], [a, b, c, d]);
      expect(results).toEqual(["3 5 7 9", "4 6 8 10", "2 4 6 8", "2 4 6 8"]);
      expect(commands).toBe(5); // three ops and two copies
    });

    test("sees state as it was when the segment began, whatever takes a new value meanwhile", async () => {
      const segment = [
        { target: a, value: double(a) },
        { target: b, value: add(a, b) },
      ];
      const { results } = await ran([segment], [holds(a, 1, 2, 3, 4), holds(b, 9, 9, 9, 9)], [a, b]);
      expect(results).toEqual(["2 4 6 8", "10 11 12 13"]);
    });

    test("lets two states change places", async () => {
      const segment = [
        { target: a, value: b },
        { target: b, value: a },
      ];
      const { results } = await ran([segment], [holds(a, 1, 2, 3, 4), holds(b, 5, 6, 7, 8)], [a, b]);
      expect(results).toEqual(["5 6 7 8", "1 2 3 4"]);
    });

    test("keeps a copy of state that takes a new value in the same segment", async () => {
      const kept = { target: b, value: a };
      for (const value of [double(x), ema(a, x, half)])
        for (const [first, second] of [
          [kept, { target: a, value }],
          [{ target: a, value }, kept],
        ])
          expect((await ran([[first, second]], [holds(a, 9, 8, 7, 6)], [b])).results).toEqual(["9 8 7 6"]);
    });

    test("updates state in place, and whoever reads it sees what was there", async () => {
      const before = double(a);
      const next = ema(a, x, half);
      const was = [holds(a, 3, 4, 5, 6)];
      const alone = await ran([[{ target: a, value: next }]], was, [a]);
      expect(alone).toEqual({ results: ["2 3 4 5"], commands: 1, bytes: 0 });
      const readers = { "6 8 10 12": before, "4 5 6 7": plus(a, 1), "12 13 14 15": plus(next, 10) };
      for (const [expected, value] of Object.entries(readers)) {
        const segment = [
          { target: a, value: next },
          { target: b, value },
        ];
        expect((await ran([segment], was, [a, b])).results).toEqual(["2 3 4 5", expected]);
      }
    });

    test("leaves state alone that an op in place only starts from", async () => {
      const { results } = await ran(
        [[{ target: b, value: ema(a, x, half) }]],
        [holds(a, 3, 4, 5, 6)],
        [a, b],
      );
      expect(results).toEqual(["3 4 5 6", "2 3 4 5"]);
    });

    test("runs its segments in order or one at a time, later ones seeing what earlier ones left", async () => {
      const memory = new Memory(backend);
      const program = await compile(backend, memory, [
        [{ target: a, value: plus(x, 1) }],
        [{ target: b, value: double(a) }],
      ]);
      const after = async (segment?: number) => {
        await program.run(segment);
        return [(await memory.read(a)).join(" "), (await memory.read(b)).join(" ")];
      };
      for (const [leaf, values] of [...given, holds(a, 0, 0, 0, 0), holds(b, 7, 7, 7, 7)])
        memory.write(leaf, values);
      expect(await after(1)).toEqual(["0 0 0 0", "0 0 0 0"]);
      expect(await after(0)).toEqual(["2 3 4 5", "0 0 0 0"]);
      expect(await after(1)).toEqual(["2 3 4 5", "4 6 8 10"]);
      memory.write(x, new Float32Array(4));
      expect(await after()).toEqual(["1 1 1 1", "2 2 2 2"]);
      program.free();
      memory.free();
    });

    test("carries what one segment computes into the next", async () => {
      const shared = double(x);
      const segments = [[{ target: a, value: plus(shared, 1) }], [{ target: b, value: mul(shared, a) }]];
      expect((await ran(segments, [], [a, b])).results).toEqual(["3 5 7 9", "6 20 42 72"]);
    });

    test("keeps what a later segment takes, however often that runs", async () => {
      const memory = new Memory(backend);
      const once = double(x);
      const again = plus(relu(plus(mul(once, half), 1)), 3); // would lie where `once` did
      const program = await compile(backend, memory, [
        [{ target: a, value: once }],
        [{ target: b, value: again }],
      ]);
      for (const [leaf, values] of given) memory.write(leaf, values);
      await program.run(0);
      for (let i = 0; i < 3; i++) {
        await program.run(1);
        expect([...(await memory.read(b))]).toEqual([5, 6, 7, 8]);
      }
      program.free();
      memory.free();
    });

    test("leaves state alone until the segment whose value was computed in place before", async () => {
      const next = ema(a, x, half);
      const { results } = await ran(
        [
          [{ target: c, value: double(next) }],
          [{ target: b, value: add(a, x) }],
          [{ target: a, value: next }],
        ],
        [holds(a, 3, 4, 5, 6)],
        [a, b, c],
      );
      expect(results).toEqual(["2 3 4 5", "4 6 8 10", "4 6 8 10"]);
    });

    test("keeps what a segment computed in place, though a later one overwrites the state", async () => {
      const first = ema(a, x, half);
      for (const second of [ema(a, x, half), double(x)])
        for (const [expected, value] of [["2 3 4 5", first] as const, ["3 4 5 6", plus(first, 1)] as const]) {
          const later = [
            { target: a, value: second },
            { target: b, value },
          ];
          const { results } = await ran([[{ target: a, value: first }], later], [holds(a, 3, 4, 5, 6)], [b]);
          expect(results).toEqual([expected]);
        }
    });

    test("reads and writes through views and parts of state", async () => {
      const arena = state([128]);
      const [left, right] = [part(arena, 0, [2, 2]), part(arena, 64, [4])];
      const segment = [
        { target: right, value: detach(reshape(matmul(left, reshape(x, [2, 2])), [4])) },
        { target: a, value: reshape(left, [4]) },
      ];
      const counted = holds(arena, ...Array(128).keys());
      const { results } = await ran([segment], [counted], [right, a, left]);
      expect(results).toEqual(["3 4 11 16", "0 1 2 3", "0 1 2 3"]);
    });
  });
