/** A compute thread: waits for the doorbell, walks the program, reports. Runs in a Node worker. */
import { parentPort, workerData } from "node:worker_threads";
import { control, instantiate } from "./module.ts";

const { module, memory, thread, threads } = workerData as {
  module: WebAssembly.Module;
  memory: WebAssembly.Memory;
  thread: number;
  threads: number;
};
const { kernels } = instantiate(module, memory);
const words = new Int32Array(memory.buffer, 0, 1024);
const { doorbell, done, finished, list, count } = control;

parentPort!.postMessage("ready");
for (let seen = 0; ; seen = (seen + 1) | 0) {
  // Again where it was no new ring that woke it: the caller may ring and be held up before it wakes who waits.
  while (Atomics.load(words, doorbell / 4) === seen) Atomics.wait(words, doorbell / 4, seen);
  kernels.run(words[list / 4] >>> 0, words[count / 4], thread, threads);
  if (Atomics.add(words, finished / 4, 1) === threads - 1) {
    Atomics.store(words, finished / 4, 0);
    Atomics.add(words, done / 4, 1);
    Atomics.notify(words, done / 4);
  }
}
