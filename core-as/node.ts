/** The CPU backend under Node: loads the kernels and runs them on worker threads. */
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import type { Backend } from "../core/backend.ts";
import { type Crew, createBackend } from "./index.ts";
import { control, HEAP } from "./module.ts";
import { compileEagerly, tryPairs } from "./revectorize.ts";

type Level = "relaxed" | "plain";

const file = (level: Level) => new URL(`build/${level}-threads.wasm`, import.meta.url);
const load = (level: Level) => new WebAssembly.Module(readFileSync(file(level)));

/** The kernels at the best SIMD level that this runtime compiles. */
function bestLevel(): { level: Level; module: WebAssembly.Module } {
  try {
    return { level: "relaxed", module: load("relaxed") };
  } catch (error) {
    if (!(error instanceof WebAssembly.CompileError)) throw error;
    return { level: "plain", module: load("plain") };
  }
}

/** What trials of this process found: V8 does not change. */
const trials = new Map<Level, Promise<string>>();

/** The kernels compiled with 256-bit pairs where that is right and faster, else as they are; and which, or why not. */
async function bestPairs(level: Level, module: WebAssembly.Module) {
  const trial = trials.get(level) ?? tryPairs(file(level));
  trials.set(level, trial);
  const revectorized = await trial;
  if (revectorized !== "yes") return { module, revectorized };
  return { module: compileEagerly(readFileSync(file(level)), true), revectorized };
}

/** Threads at most: each is a worker with a heap of its own, and there is no machine with more cores. */
const MOST_THREADS = 1024;

/**
 * Opens the CPU backend on `threads` worker threads, 1 to 1024; the main thread never computes. With `revectorize` V8 may
 * pair vectors where that proves right and faster, which takes a trial of some 0.3 s; bits are the same either way.
 */
export async function openBackend({
  threads = availableParallelism(),
  level,
  revectorize = true,
}: {
  threads?: number;
  level?: Level;
  revectorize?: boolean;
} = {}): Promise<Backend> {
  if (!(Number.isInteger(threads) && threads >= 1 && threads <= MOST_THREADS))
    throw new RangeError(
      `as: threads are a whole number from 1 to ${MOST_THREADS}; got ${threads}; this machine has ${availableParallelism()} cores`,
    );
  const found = level ? { level, module: load(level) } : bestLevel();
  const chosen = {
    ...found,
    ...(revectorize ? await bestPairs(found.level, found.module) : { revectorized: "no: switched off" }),
  };
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
  /** Ends the run under way, and refuses those to come. */
  function end(error: Error): void {
    broken ??= error;
    fail(broken);
  }
  // Beside this file, which is TypeScript here and JavaScript in the published package.
  const url = new URL(`thread${extname(import.meta.url)}`, import.meta.url);
  const workers = Array.from({ length: threads }, (_, thread) => {
    const worker = new Worker(url, {
      workerData: { module, memory, thread, threads },
    });
    worker.on("error", (error) => end(new Error(`as: compute thread ${thread} failed: ${error}`)));
    worker.on("exit", (code) => end(new Error(`as: compute thread ${thread} ended with ${code}`)));
    return worker;
  });
  const ready = (worker: Worker) =>
    new Promise((resolve, reject) => {
      worker.once("message", resolve);
      for (const event of ["error", "exit"]) worker.once(event, () => reject(broken)); // as the listeners above have set it
    });
  await Promise.all(workers.map(ready)).catch(async (error) => {
    await Promise.all(workers.map((worker) => worker.terminate()));
    throw error;
  });
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
      let waiting = Atomics.waitAsync(words, done / 4, seen);
      if (!waiting.async) return;
      const failure = new Promise<never>((_, reject) => {
        fail = reject;
      });
      const keepAlive = setInterval(() => {}, 1000); // workers are unreferenced: a pending run holds the process
      try {
        // Again where it was woken for an earlier run: the last thread may be held up between counting it and waking.
        for (; waiting.async; waiting = Atomics.waitAsync(words, done / 4, seen))
          await Promise.race([waiting.value, failure]);
      } finally {
        clearInterval(keepAlive);
      }
    },
    async close() {
      end(new Error("as: the backend was closed"));
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}
