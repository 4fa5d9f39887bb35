/**
 * Kernels by subgroup matrices, for which there is no software driver: they compile, and their algorithm holds where a
 * subgroup is one thread that multiplies by loops.
 */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { Backend } from "../../core/backend.ts";
import { conv2d, matmul } from "../../core/ops/index.ts";
import { createBuffers } from "../../core-wgsl/buffers.ts";
import { openDevice } from "../../core-wgsl/device.ts";
import { createCompiler } from "../../core-wgsl/executable.ts";
import { openBackend } from "../../core-wgsl/index.ts";
import { type AnyOp, contract } from "../contract.ts";

const source = (file: string) =>
  readFileSync(new URL(`../../core-wgsl/kernels/${file}.wgsl`, import.meta.url), "utf8");

/** The same text in plain WGSL: matrices are arrays of numbers in row-major order, each whole in one thread. */
function withLoops(wgsl: string): string {
  const strips = [...wgsl.matchAll(/^var<workgroup> (\w+): array<f16/gm)].map(([, name]) => name);
  const loads = strips.map(
    (strip) => `
fn load_${strip}(first: u32, stride: u32) -> array<f16, 256> {
  var m: array<f16, 256>;
  for (var i = 0u; i < 256; i++) { m[i] = ${strip}[first + i / 16 * stride + i % 16]; }
  return m;
}`,
  );
  const rest = `
fn store_results(first: u32, m: array<f32, 256>, stride: u32) {
  for (var i = 0u; i < 256; i++) { results[first + i / 16 * stride + i % 16] = m[i]; }
}
fn multiply(l: array<f16, 256>, r: array<f16, 256>, sum: array<f32, 256>) -> array<f32, 256> {
  var y = sum;
  for (var i = 0u; i < 256; i++) {
    for (var k = 0u; k < 16; k++) { y[i] += f32(l[i / 16 * 16 + k]) * f32(r[k * 16 + i % 16]); }
  }
  return y;
}`;
  return (
    wgsl
      .replace(
        /^(enable subgroups|enable chromium_experimental_subgroup_matrix|requires subgroup_id|diagnostic.*);$/gm,
        "",
      )
      .replace(/subgroup_matrix_(?:left|right)<f16, 16, 16>/g, "array<f16, 256>")
      .replace("subgroup_matrix_result<f32, 16, 16>", "array<f32, 256>")
      .replace("  @builtin(subgroup_id) subgroup: u32,\n", "")
      .replace(/(\n {2}let p = params;\n)/, "\n  let subgroup = thread / SUBGROUP;$1")
      .replace(/subgroupMatrixLoad<\w+, row_major>\(&(\w+), /g, "load_$1(")
      .replaceAll("subgroupMatrixStore<row_major>(&results, ", "store_results(")
      .replaceAll("subgroupMatrixMultiplyAccumulate", "multiply") +
    loads.join("") +
    rest
  );
}

/** llvmpipe, said to have matrices of subgroups that are one thread. */
async function openEmulated(): Promise<Backend> {
  const [backend, device] = [await openBackend(), await openDevice()];
  const gpu = { ...device, adapter: { ...device.adapter, matrices: 1 } };
  const buffers = createBuffers(gpu);
  const readSource = (file: string) =>
    file.endsWith(".subgroupMatrix") ? withLoops(source(file)) : source(file);
  const compile = createCompiler(gpu, buffers, { readSource });
  await backend.close();
  return {
    ...backend,
    ...buffers,
    compile: (commands, segments) => compile(commands, segments, "f16"),
    close: device.close,
  };
}

contract("one thread a subgroup", openEmulated, {
  of: [matmul, conv2d] as unknown as AnyOp[],
  tolerance: 1e-3, // f16's operands, as in f16.test.ts
  slopeTolerance: 1e-3,
});

test.each(["matmul", "conv2d"])("the emulation of %s replaces all that there is of subgroups", (op) => {
  const code = withLoops(source(`${op}.subgroupMatrix`)).replace(/\/\/.*/g, "");
  expect(code).not.toMatch(/subgroupMatrix|subgroup_/);
});
