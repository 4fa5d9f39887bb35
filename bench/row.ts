import { z } from "zod";

/** A figure of someone else's, of the same run. Ratio: ours over the peer's speed, above 1 where we are faster. */
const peer = z.strictObject({
  value: z.number().positive(),
  ratio: z.number().positive(),
  /** The ratio is taken at this number of threads where we were measured at it, too. */
  threads: z.number().int().positive().optional(),
});

/** One measured figure, as --json has it. */
export const row = z.strictObject({
  name: z.string().min(1),
  shape: z.string().min(1),
  backend: z.enum(["as", "wgsl"]),
  ours: z.number(),
  unit: z.string().min(1),
  /** What `ours` would be if the arithmetic ran at the measured peak, or bytes at the measured bandwidth, and all else cost nothing. */
  floor: z.number().nullable(),
  /** The same with 3x3 convolutions done directly; `floor` has them by Winograd's F(4x4, 3x3), a quarter of the operations. */
  directFloor: z.number().optional(),
  peers: z.record(z.string(), peer),
  /** Compute threads, where that is ours to choose; and what ours does with one, the number some peers have. */
  threads: z.number().int().positive().optional(),
  oneThread: z.number().optional(),
});

export const rows = z.array(row);
export type Row = z.infer<typeof row>;

/** The rows that each bench gives on every backend; there may be more. */
export const NAMES: Readonly<Record<string, readonly string[]>> = {
  kernels: ["matmul1024", "conv3x3c64-forward", "conv3x3c64-inputGrad", "conv3x3c64-weightGrad"],
  step: ["resnet18cifar-train32"],
  data: ["decode256", "views224"],
  memory: ["memory-resident-growth", "memory-device", "memory-storages", "memory-planned"],
  inference: ["resnet18-infer1", "resnet18cifar-infer32"],
  losses: ["ntxent8192", "ntxent65536"],
};
