import asc from "assemblyscript/asc";
import { openDevice, usage } from "../core-wgsl/device.ts";
import { type Contestant, interleave, type Samples } from "./contestant.ts";

/** What the machine can do, which floors stand on: fused multiply-adds on registers, as fast as they ever were in a run. */
export interface Peak {
  readonly contestant: Contestant;
  /** GFLOP/s of all threads. */
  rate(samples: Samples): number;
}

export const PEAK = "fused multiply-adds on registers";

export async function openPeak(backend: "as" | "wgsl", threads: number): Promise<Peak> {
  const { contestant, operations } = backend === "as" ? await openVectors(threads) : await openChains();
  return {
    contestant,
    rate: (samples) => operations / Math.min(...samples(contestant, PEAK)) / 1e6,
  };
}

/** The peak alone, where nothing else is measured in turn. */
export async function measurePeak(backend: "as" | "wgsl", threads: number): Promise<number> {
  const peak = await openPeak(backend, threads);
  const samples = await interleave([peak.contestant], [PEAK]);
  await peak.contestant.close();
  return peak.rate(samples);
}

const TURNS = 2 ** 22;

/** Twelve sums in flight, as in the kernels' tiles; eight hide the latency of two units. */
const VECTORS = `
export function run(turns: u32, x: f32): f32 {
  const a = f32x4.splat(x); // not a constant, which V8 would build anew at each use
  const b = f32x4.splat(-x);
  ${each((i) => `let c${i} = f32x4.splat(${i});`)}
  for (; turns; turns--) {
    ${each((i) => `c${i} = f32x4.relaxed_madd(a, b, c${i});`)}
  }
  ${each((i) => `c0 = f32x4.add(c0, c${i});`)}
  return f32x4.extract_lane(c0, 0);
}`;

function each(line: (i: number) => string): string {
  return Array.from({ length: 12 }, (_, i) => line(i)).join("\n");
}

/** On the CPU: WebAssembly's 128-bit vectors, on one thread; all threads together do at best so many times as much. */
async function openVectors(threads: number): Promise<{ contestant: Contestant; operations: number }> {
  const enable = ["simd", "relaxed-simd"];
  const { binary, stderr } = await asc.compileString(VECTORS, { optimizeLevel: 3, runtime: "stub", enable });
  if (!binary) throw new Error(`bench: asc: ${stderr}`);
  const { instance } = await WebAssembly.instantiate(new Uint8Array(binary));
  const vectors = instance.exports.run as (turns: number, x: number) => number; // see above
  async function run(repeats: number): Promise<number> {
    const start = performance.now();
    for (let i = 0; i < repeats; i++) vectors(TURNS, 0.1);
    return performance.now() - start;
  }
  return {
    contestant: { name: "peak", cases: new Map([[PEAK, run]]), close: async () => {} },
    operations: 12 * 4 * 2 * TURNS * threads,
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
