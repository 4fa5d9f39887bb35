import { matmul } from "../core/ops/index.ts";
import { openDevice, usage } from "../core-wgsl/device.ts";
import { type Contestant, interleave, type Samples } from "./contestant.ts";
import { type Case, openBackend, ours } from "./ours.ts";

/** What the machine can do, which floors stand on: the fastest sample of any probe. */
export interface Peak {
  readonly what: string;
  readonly rate: number; // GFLOP/s
}

export interface Probes {
  readonly contestant: Contestant;
  readonly cases: readonly { name: string; operations: number }[];
  peak(samples: Samples): Peak;
}

/** The probes of a backend, on a device of their own. */
export async function openProbes(backend: "as" | "wgsl", threads: number): Promise<Probes> {
  const cases = backend === "as" ? products(threads) : [chains];
  const contestant =
    backend === "as" ? await ours(await openBackend("as", threads), products(threads)) : await openChains();
  return {
    contestant,
    cases,
    peak: (samples) =>
      cases
        .map(({ name, operations }) => ({
          what: name,
          rate: operations / Math.min(...samples(contestant, name)) / 1e6,
        }))
        .reduce((best, each) => (each.rate > best.rate ? each : best)),
  };
}

/** The peak alone, where nothing else is measured in turn. */
export async function measurePeak(backend: "as" | "wgsl", threads: number): Promise<Peak> {
  const probes = await openProbes(backend, threads);
  const samples = await interleave(
    [probes.contestant],
    probes.cases.map(({ name }) => name),
  );
  await probes.contestant.close();
  return probes.peak(samples);
}

/**
 * On the CPU: the module's own matrix products with operands that stay in cache. A panel of eight columns passes the
 * first cache, what is packed of b (256 K bytes) and the block of a the second; deep sums hide what a tile costs besides.
 */
const products = (threads: number): Case[] =>
  [64, 128, 256, 512, 1024].map((K) => {
    const M = 3072 * threads;
    return {
      ...{ name: `product [${M}, ${K}] x [${K}, 64]`, shape: "", operations: 2 * M * K * 64 },
      inputs: [
        [M, K],
        [K, 64],
      ],
      build: ([a, b]) => matmul(a, b),
    };
  });

const INVOCATIONS = 256;
const TURNS = 2048;
const GROUPS = 4096;

const chains = {
  name: "fused multiply-adds on registers",
  operations: 2 * 8 * TURNS * INVOCATIONS * GROUPS,
};

/** Two chains of vec4: eight sums in flight, as many as the latency of an FMA unit asks for, in few registers. */
const CHAINS = `
@group(0) @binding(0) var<storage, read_write> y: array<vec4<f32>>;
@compute @workgroup_size(${INVOCATIONS})
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let a = vec4<f32>(0.999 + f32(id.x & 1u) * 1e-4);
  let b = vec4<f32>(1e-3, 2e-3, 3e-3, 4e-3);
  var p = vec4<f32>(f32(id.x));
  var q = p + 1.0;
  for (var i = 0u; i < ${TURNS}u; i++) {
    p = fma(p, a, b);
    q = fma(q, a, b);
  }
  y[id.x & 255u] = p + q;
}`;

/** On WebGPU: a shader that touches no memory until its end. */
async function openChains(): Promise<Contestant> {
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
  return { name: "peak", cases: new Map([[chains.name, run]]), close: () => gpu.close() };
}
