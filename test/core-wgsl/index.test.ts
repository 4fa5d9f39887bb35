import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Backend, Command, Location } from "../../core/backend.ts";
import { createBuffers } from "../../core-wgsl/buffers.ts";
import { type Device, openDevice } from "../../core-wgsl/device.ts";
import { createCompiler } from "../../core-wgsl/executable.ts";
import { describeAdapter, openBackend } from "../../core-wgsl/index.ts";

let backend: Backend;
beforeAll(async () => {
  backend = await openBackend();
});
afterAll(() => backend.close());

/** Storage for this many f32. */
function room(elements: number): Location {
  const storage = backend.allocate(4 * elements);
  return { storage, offset: 0, bytes: 4 * elements };
}

function command(op: string, inputs: Location[], output: Location, u32 = {}, f32 = {}): Command {
  return { call: { op, inputs: [], u32, f32, inPlace: false, gradient: () => [] }, inputs, output };
}

const filled = (output: Location, value: number): Command =>
  command("fill", [], output, { size: output.bytes / 4 }, { value });

const copied = (from: Location, to: Location): Command =>
  command("copy", [from], to, { words: to.bytes / 4 });

const valuesAt = async ({ storage, offset, bytes }: Location): Promise<number[]> => [
  ...(await backend.read(storage, offset, "f32", bytes / 4)),
];

describe("the adapter", () => {
  it("is described", async () => {
    expect(backend.description).toMatchObject({
      vendor: expect.any(String),
      api: "vulkan",
      dawn: expect.any(String),
    });
    const found = await describeAdapter();
    expect(found).toMatchObject({ description: backend.description, limits: { maxBindGroups: 4 } });
  });

  it("that is not there is told, with what to do instead", async () => {
    const reason = "wgsl: Dawn found no adapter; use --backend as, or install a Vulkan driver";
    await expect(openBackend({ dawn: ["adapter=nonesuch"] })).rejects.toThrow(reason);
    expect(await describeAdapter({ dawn: ["adapter=nonesuch"] })).toEqual({
      reason: expect.stringContaining(reason),
    });
  });
});

describe("memory", () => {
  it("keeps every bit, NaN payloads included", async () => {
    const bits = Uint32Array.from([0x7fc12345, 0xffc00001, 0x80000000, 0x00000001, 0x7f800000]);
    const [a, b] = [room(5), room(5)];
    backend.write(a.storage, 0, new Float32Array(bits.buffer));
    const program = await backend.compile([copied(a, b)], [0]);
    await program.run();
    expect(await backend.read(b.storage, 0, "u32", 5)).toEqual(bits);
  });

  it("takes and gives bytes in any number", async () => {
    const { storage } = room(4);
    for (const bytes of [0, 1, 2, 3, 4, 5, 7, 16]) {
      const values = Uint8Array.from({ length: bytes }, (_, i) => 200 + i);
      backend.write(storage, 0, values);
      expect(await backend.read(storage, 0, "u8", bytes)).toEqual(values);
    }
  });

  it("takes part of an array, and an array that is longer than the staging buffer", async () => {
    const values = Float32Array.from({ length: 2 ** 21 + 5 }, (_, i) => i);
    const { storage } = room(values.length);
    backend.write(storage, 0, values.subarray(3));
    const [tail, all] = await Promise.all([
      backend.read(storage, 4, "f32", 2),
      backend.read(storage, 0, "f32", values.length - 3),
    ]);
    expect(tail).toEqual(Float32Array.of(4, 5));
    expect(Buffer.compare(Buffer.from(all.buffer), Buffer.from(values.slice(3).buffer))).toBe(0);
    storage.free();
  });

  it("is counted until it is freed, once", () => {
    const before = backend.usage();
    const { storage } = room(100);
    expect(backend.usage()).toEqual({ bytes: before.bytes + 464, storages: before.storages + 1 });
    storage.free();
    storage.free();
    expect(backend.usage()).toEqual(before);
  });

  it("that was freed is refused", async () => {
    const [a, b] = [room(4), room(4)];
    const program = await backend.compile([copied(a, b)], [0]);
    a.storage.free();
    const rule = "wgsl: storage was freed";
    expect(() => backend.write(a.storage, 0, new Float32Array(4))).toThrow(rule);
    await expect(backend.read(a.storage, 0, "f32", 4)).rejects.toThrow(rule);
    await expect(program.run()).rejects.toThrow(rule);
    await expect(backend.compile([copied(a, b)], [0])).rejects.toThrow(rule);
  });

  it("beyond the device's limit is refused at once", () => {
    expect(() => backend.allocate(2 ** 52)).toThrow(
      "wgsl: a storage of 4503599627370560 bytes exceeds the device's",
    );
  });
});

describe("a program", () => {
  it("runs its segments one by one, or all in order", async () => {
    const [a, b] = [room(3), room(3)];
    const program = await backend.compile([filled(a, 1), copied(a, b), filled(a, 2)], [0, 2]);
    await program.run(0);
    expect([await valuesAt(a), await valuesAt(b)]).toEqual([
      [1, 1, 1],
      [1, 1, 1],
    ]);
    await program.run(1);
    expect([await valuesAt(a), await valuesAt(b)]).toEqual([
      [2, 2, 2],
      [1, 1, 1],
    ]);
    await program.run();
    expect([await valuesAt(a), await valuesAt(b)]).toEqual([
      [2, 2, 2],
      [1, 1, 1],
    ]);
  });

  it("may be empty", async () => {
    const program = await backend.compile([], [0]);
    await program.run();
    await program.run(0);
  });

  it("covers more elements than one dispatch has threads", async () => {
    const size = 65535 * 256 + 300;
    const a = room(size);
    const program = await backend.compile([filled(a, 3)], [0]);
    await program.run();
    expect(await backend.read(a.storage, 4 * (size - 400), "f32", 400)).toEqual(
      new Float32Array(400).fill(3),
    );
    a.storage.free();
  });

  it("holds the same memory over 1000 runs, and none when it is freed", async () => {
    const before = backend.usage();
    const [a, b] = [room(300), room(300)];
    const program = await backend.compile([filled(a, 1), copied(a, b)], [0]);
    await program.run();
    const running = backend.usage();
    for (let i = 0; i < 1000; i++) await program.run();
    await valuesAt(b);
    expect(backend.usage()).toEqual(running);
    program.free();
    for (const { storage } of [a, b]) storage.free();
    expect(backend.usage()).toEqual(before);
  });

  it("is refused, by the op's name, where a command reads the storage that it writes", async () => {
    const { storage } = room(200);
    const half = (offset: number) => ({ storage, offset, bytes: 256 });
    await expect(backend.compile([copied(half(0), half(256))], [0])).rejects.toThrow(
      "wgsl: copy: input 0 and the output lie in one storage, at bytes 0 and 256",
    );
  });

  it("is refused, by the op's name, where a tensor lies askew or beyond its storage", async () => {
    const [a, b] = [room(100), room(100)];
    await expect(backend.compile([copied({ ...a, offset: 4 }, b)], [0])).rejects.toThrow(
      /^wgsl: copy: .*alignment/s,
    );
    await expect(backend.compile([copied({ ...a, bytes: 4000 }, b)], [0])).rejects.toThrow(
      /^wgsl: copy: .*size/s,
    );
  });

  it("is refused where there is no such kernel, or other fields", async () => {
    const a = room(1);
    await expect(backend.compile([command("nonesuch", [], a)], [0])).rejects.toThrow(
      "there is no kernel nonesuch",
    );
    await expect(backend.compile([command("fill", [], a)], [0])).rejects.toThrow(
      "wgsl: fill: the op gives {  }; Params has { size: u32, value: f32 }",
    );
  });

  it("gives its memory back where it is refused", async () => {
    const a = room(1);
    const before = backend.usage();
    await expect(
      backend.compile([filled(a, 1), copied({ ...a, offset: 4 }, room(1))], [0]),
    ).rejects.toThrow();
    expect(backend.usage().storages).toBe(before.storages + 1); // the room of the target
  });
});

it("what Dawn refuses later rejects the next run and names the reason", async () => {
  const a = room(4);
  const program = await backend.compile([filled(a, 1)], [0]);
  backend.write(a.storage, 0, new Float32Array(1000));
  await expect(valuesAt(a)).rejects.toThrow(/^wgsl: Write range .* does not fit/s);
  await program.run();
  expect(await valuesAt(a)).toEqual([1, 1, 1, 1]);
});

describe("a device of its own", () => {
  let device: Device;
  beforeAll(async () => {
    device = await openDevice();
  });

  const target = (buffers: ReturnType<typeof createBuffers>) => ({
    storage: buffers.allocate(4),
    offset: 0,
    bytes: 4,
  });

  it("names the kernel, the line and the reason where WGSL does not compile", async () => {
    const buffers = createBuffers(device);
    const sources: Record<string, string> = {
      typo: "// workgroups: 1\n@group(0) @binding(0) var<storage, read_write> y: array<f32>;\nfn main() { y[0] = z; }\n",
      odd: "// workgroups: 1\n@group(0) @binding(0) var<storage, read_write> y: array<f32>;\n@compute @workgroup_size(4096) fn main() { y[0] = 1; }\n",
    };
    const compile = createCompiler(device, buffers, { readSource: (op) => sources[op] });
    const place = target(buffers);
    await expect(compile([command("typo", [], place)], [0])).rejects.toThrow(
      /^wgsl: kernels\/typo.wgsl: .*:3:20 error: unresolved value 'z'/s,
    );
    await expect(compile([command("odd", [], place)], [0])).rejects.toThrow(
      /^wgsl: kernels\/odd.wgsl: .*workgroup/s,
    );
  });

  it("runs a kernel without fields, with the constants that it is told", async () => {
    const buffers = createBuffers(device);
    const readSource = () => `// workgroups: 1
const N = 3;
@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(1) fn main() { y[0] = f32(N); }
`;
    const place = target(buffers);
    const compile = createCompiler(device, buffers, { readSource, constants: { three: { N: 7 } } });
    const program = await compile([command("three", [], place)], [0]);
    await program.run();
    expect(await buffers.read(place.storage, 0, "f32", 1)).toEqual(Float32Array.of(7));
  });

  it("never has more than three runs waiting", async () => {
    let waiting = 0;
    let most = 0;
    const queue = new Proxy(device.queue, {
      get(real, name: keyof GPUQueue) {
        if (name === "onSubmittedWorkDone") {
          most = Math.max(most, ++waiting);
          return () => real.onSubmittedWorkDone().finally(() => waiting--);
        }
        const value = real[name];
        return typeof value === "function" ? value.bind(real) : value;
      },
    });
    const counted = { ...device, queue };
    const buffers = createBuffers(counted);
    const place = { storage: buffers.allocate(4e6), offset: 0, bytes: 4e6 };
    const program = await createCompiler(counted, buffers)([filled(place, 1)], [0]);
    for (let i = 0; i < 50; i++) await program.run();
    expect(most).toBe(3);
    await Promise.all(Array.from({ length: 20 }, () => program.run()));
    expect(most).toBe(3);
  });

  it("rejects what is pending and what comes when it is lost", async () => {
    const buffers = createBuffers(device);
    const place = target(buffers);
    const program = await createCompiler(device, buffers)([filled(place, 1)], [0]);
    await program.run();
    const pending = buffers.read(place.storage, 0, "f32", 1);
    const rejected = expect(pending).rejects.toThrow(/^wgsl: the device was lost/);
    device.device.destroy();
    await rejected;
    await expect(program.run()).rejects.toThrow(/^wgsl: the device was lost/);
    await expect(program.run()).rejects.toThrow(/^wgsl: the device was lost/);
  });
});

it("a closed backend says so", async () => {
  const own = await openBackend();
  const storage = own.allocate(4);
  const program = await own.compile([filled({ storage, offset: 0, bytes: 4 }, 1)], [0]);
  await own.close();
  await expect(program.run()).rejects.toThrow("wgsl: the device was closed");
  await expect(own.read(storage, 0, "f32", 1)).rejects.toThrow();
});
