import type { Backend } from "../core/backend.ts";
import { createBuffers } from "./buffers.ts";
import { type Options, openDevice } from "./device.ts";
import { type CompilerOptions, createCompiler } from "./executable.ts";

export { type Adapter, describeAdapter, type Options } from "./device.ts";

/** The WebGPU backend: WGSL kernels through Dawn. Throws where there is no adapter. */
export async function openBackend(
  options: Options & Pick<CompilerOptions, "constants"> = {},
): Promise<Backend> {
  const gpu = await openDevice(options);
  const buffers = createBuffers(gpu);
  const { description, limits } = gpu.adapter;
  return {
    name: "wgsl",
    description,
    alignment: 256, // the largest minStorageBufferOffsetAlignment
    arenas: 8, // as many storage buffers as WebGPU promises to one kernel
    limits: {
      tensor: Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize) - 64,
      storage: limits.maxBufferSize - 256,
      total: Number.POSITIVE_INFINITY, // WebGPU does not say; `compile` rejects once an allocation has failed
    },
    scratch: () => 0,
    allocate: buffers.allocate,
    write: buffers.write,
    read: buffers.read,
    compile: createCompiler(gpu, buffers, { constants: options.constants }),
    usage: buffers.usage,
    isLost: gpu.isLost,
    close: gpu.close,
  };
}
