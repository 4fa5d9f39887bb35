import type { Backend } from "../core/backend.ts";
import { createBuffers } from "./buffers.ts";
import { type Options, openDevice } from "./device.ts";
import { createCompiler } from "./executable.ts";
import type { Tiles } from "./tiles.ts";

export { type Adapter, describeAdapter, type Options } from "./device.ts";
export { areTiles, type Contest, type Tiles, tilesKey, tune } from "./tiles.ts";

/** The WebGPU backend: WGSL kernels through Dawn. Throws where there is no adapter. */
export async function openBackend({ tiles, ...options }: Options & { tiles?: Tiles } = {}): Promise<Backend> {
  const gpu = await openDevice(options);
  const buffers = createBuffers(gpu);
  const { description, limits } = gpu.adapter;
  return {
    name: "wgsl",
    description: tiles ? { ...description, tiles: shown(tiles) } : description,
    precisions: description.f16 ? ["f32", "f16"] : ["f32"],
    alignment: 256, // the largest minStorageBufferOffsetAlignment
    arenas: 8, // as many storage buffers as WebGPU promises to one kernel
    limits: {
      tensor: Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize) - 64,
      storage: Math.min(limits.maxBufferSize, LARGEST_ALLOCATION) - 256,
      total: Number.POSITIVE_INFINITY, // WebGPU does not say; `compile` rejects once an allocation has failed
    },
    scratch: () => 0,
    allocate: buffers.allocate,
    write: buffers.write,
    read: buffers.read,
    compile: createCompiler(gpu, buffers, { constants: tiles }),
    usage: buffers.usage,
    isLost: gpu.isLost,
    close: gpu.close,
  };
}

/** Bytes that Vulkan's drivers allocate in one piece, or nearly: maxMemoryAllocationSize, of which WebGPU does not tell. */
const LARGEST_ALLOCATION = 2 ** 32 - 2 ** 21;

/** `conv2d 128x64x16`: rows, columns and depth of an op's tiles. */
const shown = (tiles: Tiles): string =>
  Object.entries(tiles)
    .map(([op, { WX, WY, BK }]) => `${op} ${8 * WY}x${8 * WX}x${BK}`)
    .join(" ");
