import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { gradients } from "../core/autograd.ts";
import type { Backend } from "../core/backend.ts";
import { Memory } from "../core/memory.ts";
import type { Numbers, Op } from "../core/op.ts";
import * as ops from "../core/ops/index.ts";
import { type Assignment, compile, type Program } from "../core/program.ts";
import { size } from "../core/shape.ts";
import { type Call, type Dtype, input, state, type Tensor, valuesOf } from "../core/tensor.ts";
import { recorded } from "./kernels.ts";
import { distance, uniform } from "./numbers.ts";

/** f32 sums of up to some thousand terms, and WGSL's exp at 3 + 2|x| ulp. */
const TOLERANCE = 1e-5;
/** Slopes come from float64 differences; the error is that of an f32 gradient, in proportion to its length. */
const SLOPE_TOLERANCE = 1e-4;

/** Any op, whatever it takes. */
export type AnyOp = Op<Tensor[], object>;
/** All that are exported. */
export const all = Object.values(ops).filter((value) => "definition" in value) as unknown as AnyOp[];

const callOf = (x: Tensor): Call => {
  if (x.origin.kind !== "op") throw new Error("not computed");
  return x.origin.call;
};

/** Values of all inputs; those listed in `keep` are taken over. */
function drawInputs({ definition }: AnyOp, example: number, keep: (Numbers | undefined)[] = []): Numbers[] {
  const [shapes, attributes] = definition.examples[example];
  const next = uniform(definition.name, example);
  const inputs: Numbers[] = [];
  shapes.forEach((shape, i) => {
    const drawn =
      definition.draw?.[i]?.(next, shape, inputs, attributes) ?? Array.from({ length: size(shape) }, next);
    inputs.push(keep[i] ?? Float64Array.from(drawn));
  });
  return inputs;
}

function reference({ definition }: AnyOp, call: Call, inputs: Numbers[], elements: number): Numbers {
  const y = definition.inPlace ? inputs[0].slice() : new Float64Array(elements);
  definition.reference(inputs, y, { ...call.u32, ...call.f32 });
  return y;
}

/** Writes not-a-numbers over everything a program may overwrite. */
function poison(backend: Backend, memory: Memory, program: Program, outputs: Tensor[]): void {
  for (const arena of program.arenas)
    backend.write(arena, 0, new Uint32Array(arena.bytes / 4).fill(0x7fc00000));
  for (const x of outputs)
    memory.write(x, new valuesOf[x.dtype](new ArrayBuffer(size(x.shape) * 4)).fill(Number.NaN));
}

/** Makes the contract's tests on one backend: of all ops and examples, or of those that are asked for. */
export function contract(
  name: string,
  open: () => Promise<Backend>,
  {
    of = all,
    examples = ({ definition }) => definition.examples.map((_, i) => i),
    slopes = true,
    tolerance = TOLERANCE,
    slopeTolerance = SLOPE_TOLERANCE,
  }: {
    of?: readonly AnyOp[];
    /** Which of an op's examples are run. */
    examples?: (op: AnyOp) => readonly number[];
    /** Whether gradients, of which each is an op or made of ops, are checked as well. */
    slopes?: boolean;
    tolerance?: number;
    slopeTolerance?: number;
  } = {},
): void {
  describe(`on ${name}`, () => {
    const ran = new Set<string>();
    let backend: Backend;
    beforeAll(async () => {
      backend = recorded(await open(), ran);
    });
    afterAll(() => backend?.close());

    describe.each(of.map((op) => [op.definition.name, op] as const))("%s", (_, op) => {
      const { definition } = op;
      const dtypes = (definition.examples[0][0] as unknown[]).map(
        (_, i): Dtype => definition.inputs?.[i] ?? "f32",
      );
      const cases = examples(op).map((i) => {
        const [shapes, attributes] = definition.examples[i];
        return { title: `${JSON.stringify(shapes)} ${JSON.stringify(attributes)}`, i };
      });

      test.each(cases)("equals its reference, twice in recycled memory: $title", async ({ i }) => {
        const [shapes, attributes] = definition.examples[i];
        const values = drawInputs(op, i).map((numbers, k) => toDevice(numbers, dtypes[k]));
        const leaves = shapes.map((shape, k) => state(shape, undefined, dtypes[k]));
        const twice = [op(...leaves, attributes), op(...leaves, attributes)];
        const outputs = [...twice, ...twice].map((y) => state(y.shape, undefined, y.dtype));
        const memory = new Memory(backend);
        const program = await compile(backend, memory, [
          outputs.map((target, k): Assignment => ({ target, value: twice[k % 2] })),
        ]);
        leaves.forEach((leaf, k) => {
          memory.write(leaf, values[k]);
        });
        const expected = reference(
          op,
          callOf(twice[0]),
          values.map((v) => Float64Array.from(v)),
          size(twice[0].shape),
        );
        for (let run = 0; run < 2; run++) {
          poison(backend, memory, program, outputs);
          await program.run();
          for (const y of outputs) expect(distance(await memory.read(y), expected)).toBeLessThan(tolerance);
        }
        program.free();
        memory.free();
      });

      if (slopes && definition.grad)
        test.each(cases)("has the gradient that its reference has a slope: $title", async ({ i }) => {
          await checkGradient(backend, op, i, dtypes, slopeTolerance);
        });
    });

    test("every kernel has run", ({ task }) => {
      if (backend.name === "wgsl") task.meta.kernels = { about: backend.description, ran: [...ran] };
      expect(of.map((op) => op.definition.name).filter((op) => !ran.has(op))).toEqual([]);
    });
  });
}

const toDevice = (numbers: Numbers, dtype: Dtype) => {
  const values = new valuesOf[dtype](new ArrayBuffer(numbers.length * (dtype === "u8" ? 1 : 4)));
  values.set(numbers);
  return values;
};

/** The loss is the output's product with random numbers; moves one input at a time in a random direction. */
async function checkGradient(
  backend: Backend,
  op: AnyOp,
  example: number,
  dtypes: Dtype[],
  tolerance: number,
): Promise<void> {
  const { definition } = op;
  const [shapes, attributes] = definition.examples[example];
  const values = drawInputs(op, example).map((numbers, k) => toDevice(numbers, dtypes[k]));
  const leaves = shapes.map((shape, k) => state(shape, undefined, dtypes[k]));
  const y = op(...leaves, attributes);
  const next = uniform(definition.name, example, "cotangent");
  const cotangent = Float32Array.from({ length: size(y.shape) }, next);
  const weights = input(y.shape);
  const flows = callOf(y).gradient(y, y); // which inputs have one
  const moved = leaves.map((_, k) => k).filter((k) => flows[k]);
  const loss = ops.sum(ops.mul(y, weights), {});
  const grads = gradients(
    loss,
    moved.map((k) => leaves[k]),
  );
  const outputs = grads.map((g) => state(g.shape));
  const memory = new Memory(backend);
  const program = await compile(backend, memory, [outputs.map((target, k) => ({ target, value: grads[k] }))]);
  leaves.forEach((leaf, k) => {
    memory.write(leaf, values[k]);
  });
  memory.write(weights, cotangent);
  poison(backend, memory, program, outputs);
  await program.run();

  const lossAt = (inputs: Numbers[]): number =>
    reference(op, callOf(y), inputs, size(y.shape)).reduce((total, v, k) => total + v * cotangent[k], 0);
  for (const [n, k] of moved.entries()) {
    const direction = Float64Array.from({ length: values[k].length }, next);
    const step = 1e-6;
    const at = (sign: number): number => {
      const kept = values.map((v, j) =>
        definition.derived?.includes(j)
          ? undefined
          : Float64Array.from(v, (x, e) => (j === k ? x + sign * step * direction[e] : x)),
      );
      return lossAt(drawInputs(op, example, kept));
    };
    const slope = (at(1) - at(-1)) / (2 * step);
    const gradient = Float64Array.from(await memory.read(outputs[n]));
    const along = gradient.reduce((total, g, e) => total + g * direction[e], 0);
    const scale = Math.hypot(...gradient) * Math.hypot(...direction) + 0.01; // a gradient that vanishes keeps rounding errors of its terms
    expect(gradient.every(Number.isFinite)).toBe(true);
    expect(Math.abs(along - slope) / scale, `input ${k}: ${along}, slope ${slope}`).toBeLessThan(tolerance);
  }
  program.free();
  memory.free();
}
