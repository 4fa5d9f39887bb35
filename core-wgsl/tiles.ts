/** Sizes of tiles that suit a device: variants of the products' kernels, and a contest between them. */
import { createHash } from "node:crypto";
import type { Command } from "../core/backend.ts";
import { size } from "../core/shape.ts";
import { createBuffers } from "./buffers.ts";
import { type Adapter, type Options, openDevice } from "./device.ts";
import { createCompiler, readKernel } from "./executable.ts";
import type { Constants } from "./kernel.ts";

/** The leading constants that products' kernels are built with, by op. */
export type Tiles = Readonly<Record<string, Constants>>;

/**
 * WX x WY threads compute a tile of 8 WY rows and 8 WX columns from strips of BK. The first is what the files have; the
 * last takes more workgroup memory than WebGPU promises (16 KiB).
 */
export const VARIANTS: readonly Constants[] = [
  { WX: 8, WY: 8, BK: 16 }, // 64 x 64
  { WX: 8, WY: 16, BK: 16 }, // 128 x 64: many pixels, few channels
  { WX: 16, WY: 16, BK: 8 }, // 128 x 128
  { WX: 16, WY: 16, BK: 16 },
];

/** Bytes of workgroup memory of a variant: two strips of f32. */
const bytesOf = ({ WX, WY, BK }: Constants): number => 16 * BK * (2 * WX + 1 + 2 * WY + 1);

/** The variants that a device can run. */
export const variantsFor = ({ limits }: Pick<Adapter, "limits">): readonly Constants[] =>
  VARIANTS.filter(
    (variant) =>
      variant.WX * variant.WY <= limits.maxComputeInvocationsPerWorkgroup &&
      bytesOf(variant) <= limits.maxComputeWorkgroupStorageSize,
  );

type Shape = readonly number[];
interface Trial {
  readonly inputs: readonly [Shape, Shape];
  readonly output: Shape;
  readonly u32: Readonly<Record<string, number>>;
}

/** 3 x 3 convolutions of a ResNet-18 on 32 x 32 pixels, batch 64: its first stage, and its third. */
const CONVOLUTIONS = [
  { side: 32, channels: 64 },
  { side: 8, channels: 256 },
].map(({ side, channels }) => {
  const fields = { N: 64, H: side, W: side, C: channels, O: channels, KH: 3, KW: 3, OH: side, OW: side };
  return {
    pixels: [64, side, side, channels],
    filters: [channels, 3, 3, channels],
    fields: { ...fields, stride: 1, padding: 1, dilation: 1, groups: 1 },
  };
});

/** What each op is timed on. */
const TRIALS: Readonly<Record<string, readonly Trial[]>> = {
  matmul: [256, 1024].map((n) => ({
    ...{
      inputs: [
        [1024, n],
        [n, n],
      ],
      output: [1024, n],
    },
    u32: { M: 1024, N: n, K: n, ta: 0, tb: 0 },
  })),
  conv2d: CONVOLUTIONS.map(({ pixels, filters, fields }) => ({
    ...{ inputs: [pixels, filters], output: pixels, u32: fields },
  })),
  conv2dInputGrad: CONVOLUTIONS.map(({ pixels, filters, fields }) => ({
    ...{ inputs: [pixels, filters], output: pixels, u32: fields },
  })),
  conv2dWeightGrad: CONVOLUTIONS.map(({ pixels, filters, fields }) => ({
    ...{ inputs: [pixels, pixels], output: [32, ...filters], u32: { ...fields, splits: 32 } },
  })),
};

export const TILED: readonly string[] = Object.keys(TRIALS);

/** By what a contest's outcome is known: the adapter, its driver, and the kernels as they are. */
export function tilesKey({ description }: Adapter): string {
  const { vendor, architecture, device, driver, api, dawn } = description;
  const kernels = TILED.map(readKernel);
  const known = JSON.stringify([vendor, architecture, device, driver, api, dawn, VARIANTS, ...kernels]);
  return createHash("sha256").update(known).digest("hex").slice(0, 32);
}

/** Whether a value is a choice that `tune` could have made for this adapter. */
export function areTiles(value: unknown, adapter: Adapter): value is Tiles {
  if (typeof value !== "object" || value === null) return false;
  const known = variantsFor(adapter).map((variant) => JSON.stringify(variant));
  return Object.entries(value).every(
    ([op, constants]) => TILED.includes(op) && known.includes(JSON.stringify(constants)),
  );
}

export interface Contest {
  readonly tiles: Tiles;
  /** Milliseconds of each op and variant, over all of the op's trials; those that were not reached are missing. */
  readonly times: Readonly<Record<string, readonly (Constants & { readonly milliseconds: number })[]>>;
}

/**
 * Times all variants on this device, for about so many seconds at most. An op whose contest was not finished in time
 * keeps its file's own sizes.
 */
export async function tune({
  seconds = 20,
  ...options
}: Options & { seconds?: number } = {}): Promise<Contest> {
  const gpu = await openDevice(options);
  const until = performance.now() + 1000 * seconds;
  const tiles: Record<string, Constants> = {};
  const times: Record<string, (Constants & { milliseconds: number })[]> = {};
  try {
    const variants = variantsFor(gpu.adapter);
    for (const op of TILED) {
      times[op] = [];
      for (const variant of variants) {
        if (performance.now() > until) return { tiles, times };
        times[op].push({ ...variant, milliseconds: await timed(gpu, op, variant) });
      }
      const { milliseconds: _, ...best } = times[op].reduce((a, b) =>
        a.milliseconds <= b.milliseconds ? a : b,
      );
      tiles[op] = best;
    }
    return { tiles, times };
  } finally {
    await gpu.close();
  }
}

/** Milliseconds that an op takes on all of its trials, each the best of a few. */
async function timed(
  gpu: Awaited<ReturnType<typeof openDevice>>,
  op: string,
  variant: Constants,
): Promise<number> {
  const buffers = createBuffers(gpu);
  const compile = createCompiler(gpu, buffers, { constants: { [op]: variant } });
  let total = 0;
  for (const { inputs, output, u32 } of TRIALS[op]) {
    const [a, b, y] = [...inputs, output].map((shape) => {
      const bytes = 4 * size(shape);
      return { storage: buffers.allocate(bytes), offset: 0, bytes };
    });
    const call = { op, inputs: [], u32, f32: {}, inPlace: false, gradient: () => [] };
    const command: Command = { call, inputs: [a, b], output: y };
    const program = await compile([command], [0]);
    const run = async (times: number): Promise<number> => {
      const began = performance.now();
      for (let i = 0; i < times; i++) await program.run();
      await buffers.read(y.storage, 0, "f32", 1); // once all are done
      return (performance.now() - began) / times;
    };
    const first = await run(1); // compiles, on some drivers
    const times = Math.ceil(Math.min(10, 20 / first)); // 20 ms tell
    total += Math.min(await run(times), times > 1 ? await run(times) : first);
    program.free();
    for (const { storage } of [a, b, y]) storage.free();
  }
  return total;
}
