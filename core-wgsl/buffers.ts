import type { Storage } from "../core/backend.ts";
import { bytesPerElement, type Dtype, type Values, valuesOf } from "../core/tensor.ts";
import { type Device, MAP_READ, usage } from "./device.ts";

/** Bytes after every storage that kernels may read, and write in an output's last vector. */
const GUARD = 64;
/** Reads pass through a buffer of this many bytes. */
const STAGING = 2 ** 23;

/** Writes are made of pieces of so many bytes: each takes as much memory for a while. */
const PIECE = 2 ** 26;

/** The memory of a device, and its traffic with the host. */
export interface Buffers {
  allocate(bytes: number): Storage;
  /** A uniform buffer with this content, which counts as a storage. */
  uniform(content: ArrayBuffer): { buffer: GPUBuffer; free(): void };
  /** The buffer of a storage. Throws if that was freed. */
  bufferOf(storage: Storage): GPUBuffer;
  write(storage: Storage, offset: number, values: Values): void;
  read(storage: Storage, offset: number, dtype: Dtype, elements: number): Promise<Values>;
  /** Bytes held and number of storages, without the one staging buffer. */
  usage(): { bytes: number; storages: number };
}

export function createBuffers({ device, queue, adapter, check, unlessLost }: Device): Buffers {
  const buffers = new Map<Storage, GPUBuffer>();
  let bytesHeld = 0;
  let held = 0;
  let staging: GPUBuffer | undefined;
  let reading: Promise<unknown> = Promise.resolve();

  function create(bytes: number, flags: number): { buffer: GPUBuffer; free(): void } {
    if (bytes > adapter.limits.maxBufferSize)
      throw new RangeError(
        `wgsl: a storage of ${bytes} bytes exceeds the device's ${adapter.limits.maxBufferSize}`,
      );
    const buffer = device.createBuffer({ size: bytes, usage: flags });
    bytesHeld += bytes;
    held++;
    let isFree = false;
    const free = () => {
      if (isFree) return;
      isFree = true;
      buffer.destroy(); // JavaScript's collector does not see the device's memory
      bytesHeld -= bytes;
      held--;
    };
    return { buffer, free };
  }

  function allocate(bytes: number): Storage {
    const taken = Math.ceil((bytes + GUARD) / 16) * 16;
    const { buffer, free } = create(taken, usage.storage | usage.copySource | usage.copyTarget);
    const storage = {
      bytes,
      free() {
        buffers.delete(storage);
        free();
      },
    };
    buffers.set(storage, buffer);
    return storage;
  }

  function bufferOf(storage: Storage): GPUBuffer {
    const buffer = buffers.get(storage);
    if (!buffer) throw new Error("wgsl: storage was freed");
    return buffer;
  }

  function write(storage: Storage, offset: number, values: Values): void {
    const buffer = bufferOf(storage);
    const words = values.byteLength - (values.byteLength % 4);
    for (let done = 0; done < words; done += PIECE) {
      const bytes = Math.min(PIECE, words - done);
      queue.writeBuffer(buffer, offset + done, values.buffer, values.byteOffset + done, bytes);
    }
    if (words === values.byteLength) return;
    const last = new Uint8Array(4); // the queue takes whole words only
    last.set(new Uint8Array(values.buffer, values.byteOffset + words, values.byteLength - words));
    queue.writeBuffer(buffer, offset + words, last);
  }

  async function fetch(from: GPUBuffer, offset: number, into: Uint8Array): Promise<void> {
    staging ??= device.createBuffer({ size: STAGING, usage: usage.mapRead | usage.copyTarget });
    for (let done = 0; done < into.length; done += STAGING) {
      const bytes = Math.min(STAGING, into.length - done);
      const words = Math.ceil(bytes / 4) * 4;
      const encoder = device.createCommandEncoder();
      encoder.copyBufferToBuffer(from, offset + done, staging, 0, words);
      queue.submit([encoder.finish()]);
      await unlessLost(staging.mapAsync(MAP_READ, 0, words));
      into.set(new Uint8Array(staging.getMappedRange(0, words), 0, bytes), done);
      staging.unmap();
    }
  }

  function read(storage: Storage, offset: number, dtype: Dtype, elements: number): Promise<Values> {
    const values = new valuesOf[dtype](new ArrayBuffer(elements * bytesPerElement[dtype]));
    const turn = reading.then(async () => {
      await fetch(bufferOf(storage), offset, new Uint8Array(values.buffer));
      check();
      return values;
    });
    reading = turn.catch(() => {}); // one at a time: they share the staging buffer
    return turn;
  }

  return {
    allocate,
    uniform(content) {
      const made = create(Math.max(content.byteLength, 16), usage.uniform | usage.copyTarget);
      queue.writeBuffer(made.buffer, 0, content);
      return made;
    },
    bufferOf,
    write,
    read,
    usage: () => ({ bytes: bytesHeld, storages: held }),
  };
}
