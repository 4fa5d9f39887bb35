import { readFileSync } from "node:fs";
import type { Command, Executable, Location, Precision } from "../core/backend.ts";
import type { Buffers } from "./buffers.ts";
import { COMPUTE, type Device } from "./device.ts";
import { type Constants, checkCall, type Kernel, parseKernel, type Workgroups } from "./kernel.ts";
import { piecesOf, secondsOf } from "./work.ts";

/** Distance of argument blocks in a uniform buffer: the largest minUniformBufferOffsetAlignment. */
const BLOCK = 256;
/** Runs that may wait on the device: JavaScript is ahead of it, but not by much. */
const IN_FLIGHT = 3;

/** Ops that have a kernel by subgroup matrices, beside their plain one. */
const MATRIX_KERNELS: ReadonlySet<string> = new Set(["matmul", "conv2d"]);

/** One kernel run, ready to be encoded. */
interface Dispatch {
  readonly op: string;
  readonly pipeline: GPUComputePipeline;
  readonly group: GPUBindGroup;
  readonly workgroups: Workgroups;
  /** How long it runs on a slow GPU. */
  readonly seconds: number;
}

/** A kernel that this device has seen, and its pipeline. */
interface Prepared {
  readonly kernel: Kernel;
  readonly layout: GPUBindGroupLayout;
  readonly pipeline: Promise<GPUComputePipeline>;
}

export interface CompilerOptions {
  /** Values for leading constants of kernels, by op: sizes of tiles and workgroups that suit a device. */
  constants?: Readonly<Record<string, Constants>>;
  /** The WGSL of an op's kernel. */
  readSource?: (op: string) => string;
}

/** Makes the function that prepares commands for replay. Pipelines are kept for the device's life. */
export function createCompiler(
  gpu: Device,
  buffers: Buffers,
  { constants: given = {}, readSource = readKernel }: CompilerOptions = {},
) {
  const { matrices } = gpu.adapter;
  const constants: Readonly<Record<string, Constants>> = {
    ...given,
    ...Object.fromEntries(
      [...MATRIX_KERNELS].map((op) => [`${op}.subgroupMatrix`, { SUBGROUP: matrices ?? 32 }]),
    ),
  };
  const { device, queue, checked, check, unlessLost } = gpu;
  const prepared = new Map<string, Prepared>();
  const layouts = new Map<string, GPUBindGroupLayout>();
  let inFlight: Promise<unknown>[] = [];

  function prepare(op: string, precision: Precision): Prepared {
    const known = prepared.get(`${op} ${precision}`);
    if (known) return known;
    const file = precision === "f16" && matrices && MATRIX_KERNELS.has(op) ? `${op}.subgroupMatrix` : op;
    const kernel = parseKernel(file, readSource(file));
    if (file === op && precision === "f16" && !kernel.takesF16) return prepare(op, "f32");
    const layout = layoutOf(kernel);
    const fresh = { kernel, layout, pipeline: build(kernel, layout, precision) };
    fresh.pipeline.catch(() => {}); // whoever awaits it is told
    prepared.set(`${op} ${precision}`, fresh);
    return fresh;
  }

  /** Kernels with the same kinds of bindings share a layout. */
  function layoutOf({ inputs, fields }: Kernel): GPUBindGroupLayout {
    const types: GPUBufferBindingType[] = [...Array(inputs).fill("read-only-storage"), "storage"];
    if (fields.length) types.push("uniform");
    const known = layouts.get(types.join());
    if (known) return known;
    const entries = types.map((type, binding) => ({ binding, visibility: COMPUTE, buffer: { type } }));
    const layout = device.createBindGroupLayout({ entries });
    layouts.set(types.join(), layout);
    return layout;
  }

  async function build(
    kernel: Kernel,
    bindings: GPUBindGroupLayout,
    precision: Precision,
  ): Promise<GPUComputePipeline> {
    const file = `kernels/${kernel.name}.wgsl`;
    const module = await checked(file, () =>
      device.createShaderModule({ label: file, code: kernel.code(constants[kernel.name], precision) }),
    );
    const layout = device.createPipelineLayout({ bindGroupLayouts: [bindings] });
    const pipeline = device.createComputePipelineAsync({ label: kernel.name, layout, compute: { module } });
    return unlessLost(pipeline).catch((cause: Error) => {
      throw new Error(`wgsl: ${file}: ${cause.message.trim()}`, { cause });
    });
  }

  async function bind(command: Command, { kernel, layout, pipeline }: Prepared, params: GPUBufferBinding) {
    const bindings = [...command.inputs, command.output].map((place) => bindingOf(place, buffers));
    if (kernel.fields.length) bindings.push({ ...params, size: kernel.fields.length * 4 });
    const entries = bindings.map((resource, binding) => ({ binding, resource }));
    return {
      op: kernel.name,
      pipeline: await pipeline,
      group: await checked(kernel.name, () =>
        device.createBindGroup({ label: kernel.name, layout, entries }),
      ),
      workgroups: kernel.workgroups(command.call.u32, constants[kernel.name]),
      seconds: secondsOf(command),
    };
  }

  function encode(dispatches: readonly Dispatch[], named = false): GPUCommandBuffer {
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    for (const { op, pipeline, group, workgroups } of dispatches) {
      if (named) pass.pushDebugGroup(op);
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, group);
      pass.dispatchWorkgroups(...workgroups);
      if (named) pass.popDebugGroup();
    }
    pass.end();
    return encoder.finish();
  }

  async function submit(pieces: readonly (readonly Dispatch[])[]): Promise<void> {
    while (inFlight.length >= IN_FLIGHT) await unlessLost(inFlight[0]);
    check();
    for (const piece of pieces) queue.submit([encode(piece)]);
    const done: Promise<unknown> = queue
      .onSubmittedWorkDone()
      .catch(() => {}) // a lost device, which unlessLost reports
      .then(() => {
        inFlight = inFlight.filter((each) => each !== done);
      });
    inFlight.push(done);
  }

  return async function compile(
    commands: readonly Command[],
    segments: readonly number[],
    precision: Precision = "f32",
  ): Promise<Executable> {
    commands.forEach(checkPlaces);
    const ready = commands.map(({ call, inputs }) => {
      const found = prepare(call.op, precision);
      checkCall(found.kernel, call, inputs.length);
      return found;
    });
    const { buffer, free } = buffers.uniform(writeParams(commands));
    try {
      const dispatches = await Promise.all(
        commands.map((command, i) => bind(command, ready[i], { buffer, offset: i * BLOCK })),
      );
      // Encoding, without submitting, tells what else Dawn refuses, and in which op.
      await checked("program", () => encode(dispatches, true));
      check(); // memory that an allocation did not get, above all
      const storages = new Set(
        commands.flatMap(({ inputs, output }) => [...inputs, output]).map((at) => at.storage),
      );
      const ends = [...segments.slice(1), commands.length];
      const whole = piecesOf(dispatches);
      const parts = segments.map((from, i) => piecesOf(dispatches.slice(from, ends[i])));
      return {
        async run(segment) {
          for (const storage of storages) buffers.bufferOf(storage); // throws if one was freed
          await submit(segment === undefined ? whole : parts[segment]);
        },
        free,
      };
    } catch (error) {
      free();
      throw error;
    }
  };
}

/** The WGSL of a kernel. */
export function readKernel(op: string): string {
  try {
    return readFileSync(new URL(`kernels/${op}.wgsl`, import.meta.url), "utf8");
  } catch (cause) {
    throw new Error(`wgsl: there is no kernel ${op}`, { cause });
  }
}

/** WebGPU forbids that one dispatch reads and writes the same buffer. */
function checkPlaces({ call, inputs, output }: Command): void {
  const shared = inputs.findIndex(({ storage }) => storage === output.storage);
  if (shared < 0) return;
  const bytes = `bytes ${inputs[shared].offset} and ${output.offset}`;
  throw new Error(`wgsl: ${call.op}: input ${shared} and the output lie in one storage, at ${bytes}`);
}

/** The whole vectors of 16 bytes that hold a tensor; every storage has room for them. */
const bindingOf = ({ storage, offset, bytes }: Location, buffers: Buffers): GPUBufferBinding => ({
  buffer: buffers.bufferOf(storage),
  offset,
  size: Math.max(Math.ceil(bytes / 16) * 16, 16),
});

/** One block for each command: its u32 fields, then its f32 fields. */
function writeParams(commands: readonly Command[]): ArrayBuffer {
  const content = new ArrayBuffer(commands.length * BLOCK);
  commands.forEach(({ call }, i) => {
    const integers = Object.values(call.u32);
    new Uint32Array(content, i * BLOCK, integers.length).set(integers);
    const floats = Object.values(call.f32);
    new Float32Array(content, i * BLOCK + 4 * integers.length, floats.length).set(floats);
  });
  return content;
}
