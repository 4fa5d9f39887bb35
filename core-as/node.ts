/** The CPU backend under Node: loads the kernels and runs them on worker threads. */
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import type { Backend } from "../core/backend.ts";
import { type Crew, createBackend } from "./index.ts";
import { control, HEAP } from "./module.ts";

const load = (name: string): WebAssembly.Module =>
  new WebAssembly.Module(readFileSync(new URL(`build/${name}.wasm`, import.meta.url)));

/** The kernels at the best SIMD level that this runtime compiles. */
function bestLevel(): { level: "relaxed" | "plain"; module: WebAssembly.Module } {
  try {
    return { level: "relaxed", module: load("relaxed-threads") };
  } catch (error) {
    if (!(error instanceof WebAssembly.CompileError)) throw error;
    return { level: "plain", module: load("plain-threads") };
  }
}

/** Threads at most: each is a worker with a heap of its own, and there is no machine with more cores. */
const MOST_THREADS = 1024;

/** Opens the CPU backend on `threads` worker threads, 1 to 1024; the main thread never computes. */
export async function openBackend({
  threads = availableParallelism(),
  level,
}: {
  threads?: number;
  level?: "relaxed" | "plain";
} = {}): Promise<Backend> {
  if (!(Number.isInteger(threads) && threads >= 1 && threads <= MOST_THREADS))
    throw new RangeError(
      `as: threads are a whole number from 1 to ${MOST_THREADS}; got ${threads}; this machine has ${availableParallelism()} cores`,
    );
  const chosen = level ? { level, module: load(`${level}-threads`) } : bestLevel();
  const memory = new WebAssembly.Memory({ initial: 2, maximum: 65536, shared: true });
  const crew = await muster(chosen.module, memory, threads);
  return createBackend({ ...chosen, memory, crew });
}

/** Starts the compute threads and waits until each is ready. */
async function muster(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  threads: number,
): Promise<Crew> {
  let fail: (error: Error) => void = () => {};
  let broken: Error | undefined;
  // Beside this file, which is TypeScript here and JavaScript in the published package.
  const url = new URL(`thread${extname(import.meta.url)}`, import.meta.url);
  const workers = Array.from({ length: threads }, (_, thread) => {
    const worker = new Worker(url, {
      workerData: { module, memory, thread, threads },
    });
    worker.on("error", (error) => {
      broken = new Error(`as: compute thread ${thread} failed: ${error}`);
      fail(broken);
    });
    return worker;
  });
  await Promise.all(workers.map((worker) => new Promise((ready) => worker.once("message", ready))));
  for (const worker of workers) worker.unref();

  const words = new Int32Array(memory.buffer, 0, HEAP / 4);
  const { doorbell, done, list, count } = control;
  return {
    threads,
    async run(entry) {
      if (broken) throw broken;
      const seen = Atomics.load(words, done / 4);
      words[list / 4] = entry.list;
      words[count / 4] = entry.count;
      Atomics.add(words, doorbell / 4, 1);
      Atomics.notify(words, doorbell / 4);
      const finished = Atomics.waitAsync(words, done / 4, seen);
      if (!finished.async) return;
      let keepAlive: NodeJS.Timeout | undefined;
      try {
        await new Promise<void>((resolve, reject) => {
          fail = reject;
          keepAlive = setInterval(() => {}, 1000); // workers are unreferenced: a pending run holds the process
          finished.value.then(() => resolve(), reject);
        });
      } finally {
        clearInterval(keepAlive);
      }
    },
    async close() {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}
