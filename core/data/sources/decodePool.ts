import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import type { Entry } from "../source.ts";
import { loadCodecs } from "./codecs.ts";
import type { Batch, Decoded } from "./decodeWorker.ts";

/** Threads that read and decode files. Batches go round; each answer is awaited by who asked. */
export interface DecodePool {
  decode(entries: Entry[], size?: Batch["size"]): Promise<Decoded>;
  /** Ends the threads, whatever they are doing. */
  close(): Promise<void>;
}

export async function decodePool(
  threads: number,
  { maxPixels }: { maxPixels?: number } = {},
): Promise<DecodePool> {
  const codecs = await loadCodecs();
  // Beside this file, which is TypeScript here and JavaScript in the published package.
  const url = new URL(`./decodeWorker${extname(import.meta.url)}`, import.meta.url);
  const waiting = new Map<number, { resolve(answer: Decoded): void; reject(error: Error): void }>();
  let asked = 0;

  const fail = (error: Error) => {
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  const workers = Array.from({ length: threads }, () => {
    const worker = new Worker(url, { workerData: { codecs, maxPixels } });
    worker.on("error", (error) => fail(error instanceof Error ? error : new Error(String(error))));
    worker.on("message", (answer: Decoded) => {
      waiting.get(answer.id)?.resolve(answer);
      waiting.delete(answer.id);
    });
    return worker;
  });

  return {
    decode(entries, size) {
      const id = asked++;
      const answer = new Promise<Decoded>((resolve, reject) => waiting.set(id, { resolve, reject }));
      answer.catch(() => {}); // whoever awaits it hears of it; nobody may, after an earlier one failed
      workers[id % threads].postMessage({ id, entries, size } satisfies Batch);
      return answer;
    },
    async close() {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}
