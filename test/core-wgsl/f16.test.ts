/** Products of f16 operands: the contract of the ops that have them, and what exceeds f16. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Backend } from "../../core/backend.ts";
import { Memory } from "../../core/memory.ts";
import { conv2d, conv2dInputGrad, conv2dWeightGrad, matmul } from "../../core/ops/index.ts";
import { compile } from "../../core/program.ts";
import { size } from "../../core/shape.ts";
import { state, type Tensor } from "../../core/tensor.ts";
import { openBackend } from "../../core-wgsl/index.ts";
import { type AnyOp, contract } from "../contract.ts";

async function open(): Promise<Backend> {
  const backend = await openBackend({ precision: "f16" });
  return { ...backend, compile: (commands, segments) => backend.compile(commands, segments, "f16") };
}

/** Each operand's error is at most 2^-11 of it. */
const TOLERANCE = 1e-3;
const products = [matmul, conv2d, conv2dInputGrad, conv2dWeightGrad] as unknown as AnyOp[];

contract("wgsl in f16", open, { of: products, tolerance: TOLERANCE, slopeTolerance: TOLERANCE });

describe("an operand beyond f16", () => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await open();
  });
  afterAll(() => backend.close());

  async function product(y: Tensor, leaves: Tensor[], values: number[]): Promise<ArrayLike<number>> {
    const memory = new Memory(backend);
    const target = state(y.shape);
    const program = await compile(backend, memory, [[{ target, value: y }]], "f16");
    leaves.forEach((leaf, i) => {
      memory.write(leaf, new Float32Array(size(leaf.shape)).fill(values[i]));
    });
    await program.run();
    const result = await memory.read(target);
    program.free();
    memory.free();
    return result;
  }

  const [image, other, filters] = [state([1, 3, 3, 2]), state([1, 3, 3, 2]), state([2, 1, 1, 2])];
  const [a, b] = [state([5, 4]), state([4, 3])];
  test.each([
    ["matmul", matmul(a, b, {}), [a, b]],
    ["conv2d", conv2d(image, filters, {}), [image, filters]],
    ["conv2dInputGrad", conv2dInputGrad(image, filters, { extents: [3, 3] }), [image, filters]],
    ["conv2dWeightGrad", conv2dWeightGrad(image, other, { kernel: [1, 1] }), [image, other]],
  ] as [string, Tensor, Tensor[]][])(
    "becomes NaN in %s, the largest that it has does not",
    async (_, y, leaves) => {
      const finite = (values: ArrayLike<number>) => Array.from(values).every(Number.isFinite);
      expect(finite(await product(y, leaves, [65504, 1]))).toBe(true);
      for (const large of [65505, -65505, 1e38, Infinity]) {
        const got = await product(y, leaves, [large, 1]);
        expect(Array.from(got).every(Number.isNaN)).toBe(true);
      }
    },
  );

  test("is added up in f32", async () => {
    expect(Math.max(...Array.from(await product(matmul(a, b, {}), [a, b], [60000, 2])))).toBe(480000);
  });
});
