/** Values of reference implementations, made and described in golden/; and how ours are compared with them. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect } from "vitest";
import type { Backend } from "../core/backend.ts";
import { Memory } from "../core/memory.ts";
import { compile } from "../core/program.ts";
import { parseSafetensors, type SafetensorsDtype } from "../core/safetensors.ts";
import { state, type Tensor, type Values } from "../core/tensor.ts";
import { backends } from "./backends.ts";
import { distance } from "./numbers.ts";

/** Float32 has more than one right order of summation; PyTorch's own is one sample of what that costs. */
const FLOOR = 1e-5;
const SLACK = 3;

type Kept = Values | Int32Array;
const kinds: Partial<Record<SafetensorsDtype, new (buffer: ArrayBuffer) => Kept>> = {
  F32: Float32Array,
  I32: Int32Array,
  U8: Uint8Array,
};

export interface Golden {
  readonly names: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  shape(name: string): readonly number[];
  values(name: string): Kept;
  f32(name: string): Float32Array;
  /** Fails unless ||values - golden|| / ||golden|| is at most three times PyTorch's own error in float32, or 1e-5. */
  expectEqual(name: string, values: ArrayLike<number>): void;
}

/** Reads golden/<topic>.safetensors. */
export function golden(topic: string): Golden {
  const file = readFileSync(new URL(`golden/${topic}.safetensors`, import.meta.url));
  const { tensors, metadata } = parseSafetensors(file);
  const tensor = (name: string) => {
    const found = tensors.get(name);
    if (!found) throw new Error(`golden: ${topic} has no ${name}`);
    return found;
  };
  function values(name: string): Kept {
    const { dtype, data } = tensor(name);
    const Kind = kinds[dtype];
    if (!Kind) throw new Error(`golden: ${topic}: ${name} is ${dtype}`);
    return new Kind(new Uint8Array(data).buffer);
  }
  return {
    names: [...tensors.keys()],
    metadata,
    shape: (name) => tensor(name).shape,
    values,
    f32: (name) => Float32Array.from(values(name)),
    expectEqual(name, given) {
      const tolerance = Math.max(FLOOR, SLACK * Number(metadata[`error.${name}`]));
      expect(distance(given, values(name)), name).toBeLessThanOrEqual(tolerance);
    },
  };
}

/** Computes tensors from leaves that take the given values. */
export type Compute = (wanted: readonly Tensor[], given: ReadonlyMap<Tensor, Values>) => Promise<Values[]>;

/** Defines the tests of a topic once for every backend, which is open while they run. */
export function onEachBackend(define: (compute: Compute, opened: () => Backend) => void): void {
  for (const [name, open] of Object.entries(backends))
    describe(`on ${name}`, () => {
      let backend: Backend;
      beforeAll(async () => {
        backend = await open();
      });
      afterAll(() => backend?.close());
      define(
        (wanted, given) => compute(backend, wanted, given),
        () => backend,
      );
    });
}

async function compute(
  backend: Backend,
  wanted: readonly Tensor[],
  given: ReadonlyMap<Tensor, Values>,
): Promise<Values[]> {
  const memory = new Memory(backend);
  const outputs = wanted.map((value) => ({ target: state(value.shape, undefined, value.dtype), value }));
  const program = await compile(backend, memory, [outputs]);
  for (const [leaf, values] of given) memory.write(leaf, values);
  await program.run();
  const results: Values[] = [];
  for (const { target } of outputs) results.push(await memory.read(target));
  program.free();
  memory.free();
  return results;
}
