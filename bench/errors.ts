import type { Backend } from "../core/backend.ts";
import { Memory } from "../core/memory.ts";
import type { Definition, Numbers } from "../core/op.ts";
import * as ops from "../core/ops/index.ts";
import { compile } from "../core/program.ts";
import { stream } from "../core/random.ts";
import { size } from "../core/shape.ts";
import { input, state, Tensor } from "../core/tensor.ts";
import type { Case } from "./ours.ts";

const OPS = new Map(Object.entries(ops));

/** How far results are from float64's: the error's length over the result's, the largest error over the result's rms. */
export interface ErrorOf {
  readonly relative: number;
  readonly largest: number;
}

/** Computes a case on a backend and, by the ops' references, in float64. */
export async function errorOf(backend: Backend, { inputs, build }: Case): Promise<ErrorOf> {
  const memory = new Memory(backend);
  const random = stream(1, "bench", "errors");
  const given = new Map<Tensor, Float32Array<ArrayBuffer>>();
  for (const shape of inputs)
    given.set(
      input(shape),
      Float32Array.from({ length: size(shape) }, () => 2 * random.uniform() - 1),
    );
  const value = build([...given.keys()]);
  if (!(value instanceof Tensor)) throw new Error("bench: errors are of one result");
  const target = state(value.shape);
  const program = await compile(backend, memory, [[{ target, value }]]);
  for (const [x, values] of given) memory.write(x, values);
  await program.run();
  const ours = await memory.read(target);
  program.free();
  memory.free();

  const exact = referenceOf(value, given);
  const length = Math.sqrt(exact.reduce((sum, x) => sum + x * x, 0));
  const errors = exact.map((x, i) => Math.abs(x - ours[i]));
  return {
    relative: Math.sqrt(errors.reduce((sum, x) => sum + x * x, 0)) / length,
    largest: errors.reduce((most, x) => Math.max(most, x)) / (length / Math.sqrt(exact.length)),
  };
}

/** A trace's value in float64. */
function referenceOf(x: Tensor, given: ReadonlyMap<Tensor, ArrayLike<number>>): Numbers {
  if (x.origin.kind === "view") return referenceOf(x.origin.of, given);
  if (x.origin.kind !== "op") return Float64Array.from(given.get(x)!);
  const { op, inputs, u32, f32 } = x.origin.call;
  const { definition } = OPS.get(op) as unknown as { definition: Definition<Tensor[], object> }; // some of ops are compositions
  const y = new Float64Array(size(x.shape));
  definition.reference(
    inputs.map((each) => referenceOf(each, given)),
    y,
    { ...u32, ...f32 },
  );
  return y;
}
