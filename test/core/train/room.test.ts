/** Runs that are too large for their backend: refused before the start, with what would fit. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Backend } from "../../../core/backend.ts";
import type { RunConfig } from "../../../core/train/config.ts";
import { openTraining } from "../../../core/train/training.ts";
import { createBackend } from "../../../core-as/index.ts";
import { backends } from "../../backends.ts";
import { tinyOf } from "../methods/runs.ts";
import { noise } from "./runs.ts";

const open: Record<string, Backend> = {};
beforeAll(async () => {
  for (const name of ["as, no threads", "wgsl"]) open[name] = await backends[name]();
});
afterAll(() => Promise.all(Object.values(open).map((backend) => backend.close())));

/** What is said where a run is refused, which has taken no memory. */
async function refusal(config: RunConfig, backend: Backend, images = noise(config.batchSize, 32)) {
  const before = backend.usage();
  const error: Error = await openTraining(config, images, backend).then(
    () => expect.unreachable("it was not refused"),
    (error) => error,
  );
  expect(error).toBeInstanceOf(RangeError);
  expect(backend.usage()).toEqual(before);
  return error.message;
}

const gigabytes = (text: string, index: number): number => {
  const [value, unit] = [...text.matchAll(/([\d.]+) ([GM]B)/g)][index].slice(1);
  return Number(value) / (unit === "MB" ? 1000 : 1);
};

/** The run's memory as planned, in bytes: all that it takes. */
async function taken(config: RunConfig, backend: Backend): Promise<number> {
  const before = backend.usage().bytes;
  const training = await openTraining(config, noise(config.batchSize), backend);
  const bytes = backend.usage().bytes - before;
  training.free();
  return bytes;
}

test("a step of more than 4 GiB is refused on the CPU, whose memory does not grow", async () => {
  const module = new WebAssembly.Module(
    readFileSync(new URL("../../../core-as/build/relaxed.wasm", import.meta.url)),
  );
  const memory = new WebAssembly.Memory({ initial: 2 });
  const backend = createBackend({ module, level: "relaxed", memory });
  const bytes = memory.buffer.byteLength;
  const config = await tinyOf("rotation", { "encoder.width": 64, batchSize: 1024 });
  const message = await refusal(config, backend);
  expect(message).toMatch(
    /^pretrain: a step on 1024 images needs [\d.]+ GB of memory; as has 4.3 GB; --set shards=8 --set norm.group=128 needs [\d.]+ GB$/,
  );
  expect(gigabytes(message, 0)).toBeGreaterThan(4.3);
  expect(gigabytes(message, 2)).toBeLessThan(4.3);
  expect(gigabytes(message, 2)).toBeGreaterThan(2.15); // half as many shards would not fit
  expect(memory.buffer.byteLength).toBe(bytes);
});

test("a step with a tensor larger than WebGPU binds is refused", async () => {
  const backend = open.wgsl;
  const images = 2 * 2 ** Math.ceil(Math.log2(backend.limits.tensor / (4 * 32 * 32 * 64 * 4))); // the first layer: 4 turns, f32
  const config = await tinyOf("rotation", { "encoder.width": 64, batchSize: images });
  expect(await refusal(config, backend)).toMatch(
    new RegExp(
      `^pretrain: a step on ${images} images needs [\\d.]+ [GM]B of memory in one tensor; wgsl has [\\d.]+ [GM]B; ` +
        `--set shards=4 --set norm.group=${images / 4} needs [\\d.]+ [GM]B$`,
    ),
  );
});

describe.each(["as, no threads", "wgsl"])("on %s", (name) => {
  /** The backend, with so many bytes beside what it holds. */
  const limited = (total: number): Backend => ({
    ...open[name],
    limits: { ...open[name].limits, total: total + open[name].usage().bytes },
  });
  const sharded = (shards: number) =>
    tinyOf("rotation", { batchSize: 64, ...(shards > 1 && { shards, "norm.group": 64 / shards }) });

  test("the shards that are named fit and half of them do not", async () => {
    const backend = open[name];
    const [two, four] = [await taken(await sharded(2), backend), await taken(await sharded(4), backend)];
    const between = limited((two + four) / 2);
    const message = await refusal(await sharded(1), between, noise(64));
    expect(message).toMatch(/; --set shards=4 --set norm.group=16 needs [\d.]+ MB$/);
    expect(Math.abs(gigabytes(message, 2) * 1e9 - four)).toBeLessThan(0.5e6 + 0.02 * four); // arguments of kernels
    expect(await refusal(await sharded(2), between, noise(64))).toMatch(
      /; --set shards=4 --set norm.group=16 /,
    );

    const training = await openTraining(await sharded(4), noise(64), between);
    await training.next();
    const [{ loss }] = await training.drain();
    expect(Number.isFinite(loss)).toBe(true);
    training.free();
  });

  test("groups that fit a shard stay as they are", async () => {
    const grouped = (shards: number) => tinyOf("rotation", { batchSize: 64, shards, "norm.group": 8 });
    const [one, two] = [await taken(await grouped(1), open[name]), await taken(await grouped(2), open[name])];
    const message = await refusal(await grouped(1), limited((one + two) / 2), noise(64));
    expect(message).toMatch(/; --set shards=2 needs [\d.]+ MB$/);
  });

  test("where a method compares all images of a batch, a smaller batch is named that fits", async () => {
    const of = (batchSize: number) => tinyOf("simclr", { batchSize });
    const [half, quarter] = [await taken(await of(32), open[name]), await taken(await of(16), open[name])];
    const between = limited((half + quarter) / 2);
    expect(await refusal(await of(64), between, noise(64))).toMatch(/; --batch-size 16 needs [\d.]+ MB$/);
    (await openTraining(await of(16), noise(64), between)).free();
  });

  test("where nothing fits, that is said", async () => {
    const message = await refusal(await sharded(1), limited(1e5), noise(64));
    expect(message).toMatch(
      /; no smaller batch fits; take a smaller encoder, smaller views, fewer images, or a smaller queue$/,
    );
  });
});
