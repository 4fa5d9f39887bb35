/** Programs are submitted in pieces that no driver takes for a hang. */
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { Memory } from "../../core/memory.ts";
import { conv2d, matmul, similarityLse } from "../../core/ops/index.ts";
import { compile } from "../../core/program.ts";
import { input, state } from "../../core/tensor.ts";
import { createBuffers } from "../../core-wgsl/buffers.ts";
import { type Device, openDevice } from "../../core-wgsl/device.ts";
import { createCompiler } from "../../core-wgsl/executable.ts";
import { openBackend } from "../../core-wgsl/index.ts";
import { LONGEST, piecesOf, secondsOf } from "../../core-wgsl/work.ts";

describe("pieces", () => {
  const lengths = (...seconds: number[]) =>
    piecesOf(
      seconds.map((each) => ({ seconds: each })),
      1,
    ).map((piece) => piece.length);

  test("take no longer than they may, or are one kernel, and leave nothing out", () => {
    expect(lengths()).toEqual([]);
    expect(lengths(0.5, 0.5, 0.25)).toEqual([2, 1]);
    expect(lengths(0.1, 7, 0.1)).toEqual([1, 1, 1]);
    expect(lengths(0, 0, 0)).toEqual([3]);
  });
});

test("kernels are weighed by their products and by their bytes", () => {
  const place = (bytes: number) => ({ storage: { bytes, free() {} }, offset: 0, bytes });
  const weigh = (x: ReturnType<typeof matmul>) => {
    if (x.origin.kind !== "op") throw new Error("not computed");
    return secondsOf({ call: x.origin.call, inputs: [place(0)], output: place(0) });
  };
  const image = input([256, 56, 56, 64]);
  expect(weigh(matmul(input([4096, 1024]), input([1024, 2048])))).toBeCloseTo(2 ** 33 / 5e11, 9);
  expect(weigh(conv2d(image, input([128, 3, 3, 64]), { stride: 2, padding: 1 }))).toBeCloseTo(
    (256 * 28 * 28 * 128 * 9 * 64) / 5e11,
    9,
  );
  expect(weigh(similarityLse(input([256, 128]), input([65536, 128]), { temperature: 0.1 }))).toBeCloseTo(
    2 ** 31 / 5e11,
    9,
  );
  const { origin } = matmul(input([1, 1]), input([1, 1]));
  if (origin.kind !== "op") throw new Error("not computed");
  expect(secondsOf({ call: origin.call, inputs: [place(3e9)], output: place(2e9) })).toBeCloseTo(0.1, 9);
});

describe("a program on a device that computes nothing", () => {
  let gpu: Device;
  beforeAll(async () => {
    gpu = await openDevice({ dawn: ["backend=null"] });
  });
  afterAll(() => gpu.close());

  /** Submissions of one run of as many products as are given. */
  async function submissions(products: number, extent: number): Promise<number> {
    const buffers = createBuffers(gpu);
    const backend = {
      ...(await openBackend({ dawn: ["backend=null"] })),
      ...{ allocate: buffers.allocate, usage: buffers.usage, compile: createCompiler(gpu, buffers) },
    };
    const memory = new Memory(backend);
    const [a, y] = [input([extent, extent]), state([extent, extent])];
    let value = a;
    for (let i = 0; i < products; i++) value = matmul(value, a);
    const program = await compile(backend, memory, [[{ target: y, value }]]);
    const submit = vi.spyOn(gpu.queue, "submit");
    await program.run();
    const { length } = submit.mock.calls;
    submit.mockRestore();
    program.free();
    memory.free();
    await backend.close();
    return length;
  }

  test("is one submission where it is short, several where it is long", async () => {
    expect(await submissions(20, 64)).toBe(1);
    expect(2048 ** 3 / 5e11).toBeLessThan(LONGEST / 11);
    expect(await submissions(24, 2048)).toBe(3);
  });
});
