import { setTimeout as sleep } from "node:timers/promises";
import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Backend } from "../core/backend.ts";
import { openTraining } from "../core/train/training.ts";
import type { Options, Report } from "./index.ts";
import { openTrainStep } from "./networks.ts";
import { describe, openBackend } from "./ours.ts";
import type { Row } from "./row.ts";
import { fixed, table } from "./table.ts";
import { simclr, sizesFor } from "./training.ts";

/** By this step everything that is kept has been allocated. */
const SETTLED = 20;
/** As often as a run does. */
const DRAIN_EVERY = 10;
const LOOKS = 10;
/** Bytes that resident memory may grow by from SETTLED on. */
const MOST_GROWTH = 8e6;

/** What a long run leaves behind: device memory and plans must not change at all, resident memory hardly. */
export async function run({
  backend: name,
  threads,
  revectorize,
  data,
  steps = 2000,
}: Options): Promise<Report> {
  const wasmBytes = watchMemories();
  const backend = await openBackend(name, threads, revectorize);
  const { width, batch } = sizesFor(backend, { width: 8, batch: 32 });
  const { config, images } = await simclr(data, { width, batch, steps, count: 2000 });
  const training = await openTraining(config, images, backend);
  const { gradient, update } = training.memory;
  const look = async () => ({
    step: training.step,
    wasm: wasmBytes(),
    ...backend.usage(),
    planned: gradient.bytes + update.bytes,
    ...(await resident()),
  });

  const start = performance.now();
  const looks: Awaited<ReturnType<typeof look>>[] = [];
  while (training.step < steps) {
    await training.next();
    if (training.step % DRAIN_EVERY === 0) await training.drain();
    const regular = training.step % Math.ceil(steps / LOOKS) === 0;
    if (training.step === SETTLED || regular || training.step === steps) looks.push(await look());
  }
  const seconds = (performance.now() - start) / 1000;
  training.free();
  const stepBytes = await stepMemory(backend); // last: it makes memory grow
  await backend.close();

  const mega = (bytes: number) => fixed(bytes / 1e6, 2);
  console.log(describe(backend));
  console.log(`SimCLR, ResNet-18 of width ${width}, batch ${batch}: ${steps} steps, ${fixed(seconds)} s\n`);
  console.log(
    table(
      ["step", "wasm MB", "device MB", "storages", "planned MB", "heap MB", "V8 MB", "resident MB"],
      looks.map((each) => [
        ...[String(each.step), mega(each.wasm), mega(each.bytes), String(each.storages), mega(each.planned)],
        ...[each.heap, each.v8, each.rss].map(mega),
      ]),
    ),
  );

  console.log("\nintermediate tensors of a step, as planned:");
  for (const { name, shape, bytes } of stepBytes) console.log(`${name} (${shape}): ${mega(bytes)} MB`);

  const settled = looks.filter((each) => each.step >= SETTLED);
  const [first, last] = [settled[0], settled.at(-1)!];
  const growth = last.rss - first.rss;
  console.log(`\nresident memory grew by ${mega(growth)} MB in ${last.step - first.step} steps`);
  const broken = (["wasm", "bytes", "storages", "planned"] as const)
    .filter((key) => settled.some((each) => each[key] !== first[key]))
    .map((key) => `${key} changed after step ${SETTLED}`);
  if (growth >= MOST_GROWTH)
    broken.push(`resident memory grew by ${mega(growth)} MB; bound ${mega(MOST_GROWTH)}`);
  for (const line of broken) console.log(`violated: ${line}`);

  const row = (what: string, value: number, unit: string): Row => ({
    ...{ name: `memory-${what}`, shape: `${steps} steps`, backend: name, ours: value, unit },
    ...{ floor: null, peers: {} },
  });
  const rows = [
    row("resident-growth", growth / 1e6, "MB"),
    row("device", last.bytes / 1e6, "MB"),
    row("storages", last.storages, "storages"),
    row("planned", last.planned / 1e6, "MB"),
    ...stepBytes.map(({ name, shape, bytes }) => ({
      ...row("step", bytes / 1e6, "MB"),
      ...{ name: `memory-${name}`, shape },
    })),
  ];
  return { rows, holds: broken.length === 0 };
}

/** What steps of usual sizes need besides parameters and their momenta: planned, never run. */
async function stepMemory(backend: Backend): Promise<{ name: string; shape: string; bytes: number }[]> {
  const found = [];
  for (const batch of backend.description.software ? [8] : [32, 256]) {
    const { bytes, free } = await openTrainStep(backend, { batch });
    free();
    found.push({ name: `resnet18cifar-train${batch}`, shape: `${batch}x32x32x3`, bytes });
  }
  return found;
}

/** Bytes of all WebAssembly memories that JavaScript has made grow: the CPU backend keeps its own to itself. */
function watchMemories(): () => number {
  const seen = new Set<WebAssembly.Memory>();
  const { grow } = WebAssembly.Memory.prototype;
  WebAssembly.Memory.prototype.grow = function (this: WebAssembly.Memory, pages) {
    seen.add(this);
    return grow.call(this, pages);
  };
  return () => [...seen].reduce((sum, memory) => sum + memory.buffer.byteLength, 0);
}

setFlagsFromString("--expose-gc");
const collect: () => void = runInNewContext("gc");

/** Bytes of the process once garbage, and what waits for its finalizers, is gone; of them V8's, and of those in use. */
async function resident(): Promise<{ rss: number; v8: number; heap: number }> {
  for (let i = 0; i < 4; i++) {
    collect();
    await sleep(20);
  }
  const { rss, heapUsed } = process.memoryUsage();
  return { rss, v8: getHeapStatistics().total_physical_size, heap: heapUsed };
}
