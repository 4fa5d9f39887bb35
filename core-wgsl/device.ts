/** Dawn's device, and what is told about it. */
import { readFileSync } from "node:fs";
import type { Precision } from "../core/backend.ts";

export interface Options {
  /**
   * Dawn's own settings, each `key=value`: `adapter=<part of its name>`, `backend=null` (compiles, computes
   * nothing), `enable-dawn-features=<toggles>`.
   * https://dawn.googlesource.com/dawn/+/refs/heads/main/src/dawn/native/Toggles.cpp
   */
  dawn?: readonly string[];
  /** f16 asks Dawn for features that it hides: f16 on NVIDIA, where some of its own tests fail, and subgroup matrices. */
  precision?: Precision;
}

/** An adapter, and what identifies the bits it produces. */
export interface Adapter {
  readonly description: Readonly<Record<string, string | number | boolean>>;
  readonly features: readonly string[];
  readonly limits: Readonly<Record<string, number>>;
  /** Threads of a subgroup, where subgroups multiply matrices of 16 x 16 f16 and add them up in f32. */
  readonly matrices?: number;
}

export interface Device {
  readonly adapter: Adapter;
  readonly device: GPUDevice;
  readonly queue: GPUQueue;
  /** Throws what went wrong since the last call: an invalid use, exhausted memory; once lost, always that. */
  check(): void;
  /** Settles as `pending` does; rejects if the device is lost meanwhile. */
  unlessLost<T>(pending: Promise<T>): Promise<T>;
  /** Creates something; rejects with Dawn's message, prefixed by `who`, if that was not valid. */
  checked<T>(who: string, create: () => T): Promise<T>;
  /** Whether it is gone without having been closed. */
  isLost(): boolean;
  close(): Promise<void>;
}

// The specification's flags: Dawn's globals are known only once it is loaded.
export const usage = { mapRead: 1, copySource: 4, copyTarget: 8, uniform: 64, storage: 128 } as const;
export const MAP_READ = 1;
export const COMPUTE = 4;

const NO_ADAPTER = "wgsl: Dawn found no adapter; use --backend as, or install a Vulkan driver";

/** What kernels may use, where it is there. */
const FEATURES = ["shader-f16", "subgroups", "chromium-experimental-subgroup-matrix"];

/** What `create` returned, by its options: each prints warnings of its own, and must outlive its devices (https://crbug.com/387965810). */
const instances = new Map<string, GPU>();
/** Instances that lost a device: others of theirs may live yet. */
const retired: GPU[] = [];

function retire(gpu: GPU): void {
  for (const [asked, each] of instances) if (each === gpu) instances.delete(asked);
  retired.push(gpu);
}

const HIDDEN = "enable-dawn-features=allow_unsafe_apis,vulkan_enable_f16_on_nvidia";

/** Opens the first adapter that Dawn finds, with the limits it has. Throws where there is none. */
export async function openDevice(options: Options = {}): Promise<Device> {
  const { gpu, adapter } = await findAdapter(options);
  const described = describe(adapter, options);
  const device = await adapter.requestDevice({
    requiredFeatures: FEATURES.filter((name) => adapter.features.has(name)) as GPUFeatureName[],
    // All that there is, but for alignment: what lies askew is to be refused everywhere alike.
    requiredLimits: Object.fromEntries(
      Object.entries(described.limits).filter(([name]) => !name.startsWith("min")),
    ),
  });

  let failure: Error | undefined;
  let loss: Error | undefined;
  let isClosed = false;
  const waiting = new Set<(reason: Error) => void>(); // Promise.race would keep losers for the device's life
  const lost = device.lost.then(({ reason, message }) => {
    loss = new Error(
      isClosed ? "wgsl: the device was closed" : `wgsl: the device was lost (${reason}): ${message}`,
    );
    for (const reject of waiting) reject(loss);
    if (!isClosed) retire(gpu); // the next device is looked for anew
  });
  device.addEventListener("uncapturederror", (event) => {
    event.preventDefault(); // or Dawn prints it
    failure ??= new Error(`wgsl: ${event.error.message}`);
  });

  async function unlessLost<T>(pending: Promise<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    if (loss) reject(loss);
    waiting.add(reject);
    pending.then(resolve, reject);
    try {
      return await promise;
    } finally {
      waiting.delete(reject);
    }
  }

  return {
    adapter: described,
    device,
    queue: device.queue, // each access makes a wrapper
    check() {
      const found = loss ?? failure;
      failure = undefined;
      if (found) throw found;
    },
    unlessLost,
    async checked(who, create) {
      device.pushErrorScope("validation");
      const made = create();
      const error = await unlessLost(device.popErrorScope());
      if (error) throw new Error(`wgsl: ${who}: ${error.message.trim()}`);
      return made;
    },
    isLost: () => loss !== undefined && !isClosed,
    async close() {
      isClosed = true;
      device.destroy();
      await lost;
    },
  };
}

/** What `openDevice` would open, or the reason why it would throw. */
export async function describeAdapter(options: Options = {}): Promise<Adapter | { readonly reason: string }> {
  try {
    const { adapter } = await findAdapter(options);
    return describe(adapter, options);
  } catch (error) {
    return { reason: (error as Error).message };
  }
}

async function findAdapter({ dawn = [], precision }: Options): Promise<{ gpu: GPU; adapter: GPUAdapter }> {
  const { create } = await import("webgpu").catch((cause) => {
    const remedy = "use --backend as, or npm install webgpu";
    throw new Error(`wgsl: the optional dependency webgpu does not load; ${remedy}`, { cause });
  });
  const asked = precision === "f16" ? [HIDDEN, ...dawn] : [...dawn];
  const gpu = instances.get(asked.join()) ?? create(asked);
  instances.set(asked.join(), gpu);
  // Null where there is no driver at all; Dawn throws where an option names what there is not.
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" }).catch((cause: Error) => {
    throw new Error(`${NO_ADAPTER} (${cause.message.trim()})`, { cause });
  });
  if (!adapter) throw new Error(NO_ADAPTER);
  return { gpu, adapter };
}

/** What Dawn uses where no option says otherwise. */
const API: Record<string, string> = { linux: "vulkan", darwin: "metal", win32: "d3d12" };

function describe(adapter: GPUAdapter, { dawn = [] }: Options): Adapter {
  const { info } = adapter;
  const features = [...adapter.features].sort();
  const matrices = matricesOf(adapter);
  const limits: Record<string, number> = {};
  for (const name in Object.getOwnPropertyDescriptors(Object.getPrototypeOf(adapter.limits))) {
    const value = adapter.limits[name as keyof GPUSupportedLimits];
    if (typeof value === "number") limits[name] = value;
  }
  const api = dawn.find((option) => option.startsWith("backend="))?.slice("backend=".length);
  return {
    description: {
      vendor: info.vendor,
      architecture: info.architecture,
      device: info.device,
      driver: info.description,
      software: info.isFallbackAdapter,
      api: api ?? API[process.platform],
      dawn: dawnVersion(),
      f16: features.includes("shader-f16"),
      subgroups: features.includes("subgroups") ? `${info.subgroupMinSize}-${info.subgroupMaxSize}` : false,
      subgroupMatrix: features.includes("chromium-experimental-subgroup-matrix"),
    },
    features,
    limits,
    ...(matrices && { matrices }),
  };
}

/** What Dawn says beyond the specification. */
interface MatrixInfo extends GPUAdapterInfo {
  readonly subgroupMatrixConfigs?: readonly Readonly<
    Record<"componentType" | "resultComponentType" | "M" | "N" | "K", string | number>
  >[];
}

/** `Adapter.matrices`. Subgroups of several sizes would leave open which threads make one. */
function matricesOf({ features, info, limits }: GPUAdapter): number | undefined {
  if (!features.has("chromium-experimental-subgroup-matrix") || !features.has("shader-f16")) return undefined;
  const { subgroupMatrixConfigs = [], subgroupMinSize, subgroupMaxSize } = info as MatrixInfo;
  const fits = subgroupMatrixConfigs.some(
    ({ componentType, resultComponentType, M, N, K }) =>
      componentType === "f16" && resultComponentType === "f32" && M === 16 && N === 16 && K === 16,
  );
  const threads = 4 * subgroupMaxSize; // of a workgroup
  const runs = subgroupMinSize === subgroupMaxSize && threads <= limits.maxComputeInvocationsPerWorkgroup;
  return fits && runs ? subgroupMaxSize : undefined;
}

function dawnVersion(): string {
  const manifest = new URL("package.json", import.meta.resolve("webgpu"));
  return (JSON.parse(readFileSync(manifest, "utf8")) as { version: string }).version;
}
