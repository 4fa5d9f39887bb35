import asc from "assemblyscript/asc";
import { compileEagerly } from "../core-as/revectorize.ts";
import { openDevice, usage } from "../core-wgsl/device.ts";
import { type Contestant, interleave, type Samples } from "./contestant.ts";

/** What the machine can do, which floors stand on: fused multiply-adds on registers, as fast as they ever were in a run. */
export interface Peak {
  readonly contestant: Contestant;
  /** GFLOP/s of all threads. */
  rate(samples: Samples): number;
}

export const PEAK = "fused multiply-adds on registers";

export async function openPeak(backend: "as" | "wgsl", threads: number, pairs: boolean): Promise<Peak> {
  const { contestant, operations } =
    backend === "as" ? await openVectors(threads, pairs) : await openChains();
  return {
    contestant,
    rate: (samples) => operations / Math.min(...samples(contestant, PEAK)) / 1e6,
  };
}

/** The peak alone, where nothing else is measured in turn. */
export async function measurePeak(backend: "as" | "wgsl", threads: number, pairs: boolean): Promise<number> {
  const peak = await openPeak(backend, threads, pairs);
  const samples = await interleave([peak.contestant], [PEAK]);
  await peak.contestant.close();
  return peak.rate(samples);
}

const TURNS = 2 ** 22;

/** So many sums in flight, as in the kernels' tiles: twelve, or twelve pairs; eight hide the latency of two units. */
const vectors = (sums: number) => `
export function run(turns: u32, x: f32): f32 {
  const a = f32x4.splat(x); // not a constant, which V8 would build anew at each use
  const b = f32x4.splat(-x);
  ${each(sums, (i) => `let c${i} = v128.load(${16 * i});`)}
  for (; turns; turns--) {
    ${each(sums, (i) => `c${i} = f32x4.relaxed_madd(a, b, c${i});`)}
  }
  ${each(sums, (i) => `v128.store(${16 * i}, c${i});`)}
  return load<f32>(0);
}`;

function each(count: number, line: (i: number) => string): string {
  return Array.from({ length: count }, (_, i) => line(i)).join("\n");
}

/** On the CPU: vectors of 128 bits, or in pairs, on one thread; all threads together do at best so many times as much. */
async function openVectors(
  threads: number,
  pairs: boolean,
): Promise<{ contestant: Contestant; operations: number }> {
  const enable = ["simd", "relaxed-simd"];
  const sums = pairs ? 24 : 12;
  const { binary, stderr } = await asc.compileString(vectors(sums), {
    optimizeLevel: 3,
    runtime: "stub",
    initialMemory: 1,
    enable,
  });
  if (!binary) throw new Error(`bench: asc: ${stderr}`);
  const instance = new WebAssembly.Instance(compileEagerly(binary, pairs));
  const multiply = instance.exports.run as (turns: number, x: number) => number; // see above
  async function run(repeats: number): Promise<number> {
    const start = performance.now();
    for (let i = 0; i < repeats; i++) multiply(TURNS, 0.1);
    return performance.now() - start;
  }
  return {
    contestant: { name: "peak", cases: new Map([[PEAK, run]]), close: async () => {} },
    operations: sums * 4 * 2 * TURNS * threads,
  };
}

const INVOCATIONS = 256;
const LOOPS = 2048;
const GROUPS = 4096;

/** Two chains of vec4: eight sums in flight in few registers. */
const CHAINS = `
@group(0) @binding(0) var<storage, read_write> y: array<vec4<f32>>;
@compute @workgroup_size(${INVOCATIONS})
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let a = vec4<f32>(0.999 + f32(id.x & 1u) * 1e-4);
  let b = vec4<f32>(1e-3, 2e-3, 3e-3, 4e-3);
  var p = vec4<f32>(f32(id.x));
  var q = p + 1.0;
  for (var i = 0u; i < ${LOOPS}u; i++) {
    p = fma(p, a, b);
    q = fma(q, a, b);
  }
  y[id.x & 255u] = p + q;
}`;

/** On WebGPU: a shader that touches no memory until its end. */
async function openChains(): Promise<{ contestant: Contestant; operations: number }> {
  const gpu = await openDevice();
  const { device, queue, checked } = gpu;
  const module = device.createShaderModule({ code: CHAINS });
  const pipeline = await checked("peak", () =>
    device.createComputePipeline({ layout: "auto", compute: { module } }),
  );
  const buffer = device.createBuffer({ size: 256 * 16, usage: usage.storage });
  const group = device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: [{ binding: 0, resource: { buffer } }],
  });
  async function run(repeats: number): Promise<number> {
    const start = performance.now();
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    for (let i = 0; i < repeats; i++) pass.dispatchWorkgroups(GROUPS);
    pass.end();
    queue.submit([encoder.finish()]);
    await queue.onSubmittedWorkDone();
    return performance.now() - start;
  }
  return {
    contestant: { name: "peak", cases: new Map([[PEAK, run]]), close: () => gpu.close() },
    operations: 2 * 8 * LOOPS * INVOCATIONS * GROUPS,
  };
}
