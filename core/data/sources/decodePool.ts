import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import { loadCodecs } from "./codecs.ts";
import type { Answer, Ask, AskOf, Failed } from "./decodeWorker.ts";

/** Questions that a thread has at most: one that it works on, and one that it need not wait for. */
const AT_ONCE = 2;

/**
 * Threads that read and decode files. Questions wait for a thread in the order in which they are asked; of all answers at most
 * two a thread lie in memory besides those that have been handed over.
 */
export interface DecodePool {
  ask(question: AskOf<"sizes">): Promise<Answer<Uint32Array<ArrayBuffer>>>;
  ask(question: AskOf<"decode" | "cut">): Promise<Answer<Uint8Array<ArrayBuffer>>>;
  /** Ends the threads, whatever they are doing; what waits for an answer is rejected. */
  close(): Promise<void>;
}

interface Waiting {
  question: Ask;
  resolve(answer: Answer): void;
  reject(error: Error): void;
}

/** Starts threads when there is work for them, up to so many. While none of them works they keep no process alive. */
export async function decodePool(
  most: number,
  { maxPixels }: { maxPixels?: number } = {},
): Promise<DecodePool> {
  const codecs = await loadCodecs();
  // Beside this file, which is TypeScript here and JavaScript in the published package.
  const url = new URL(`./decodeWorker${extname(import.meta.url)}`, import.meta.url);
  const threads: { worker: Worker; asked: Waiting[] }[] = [];
  const queue: Waiting[] = [];
  let over: Error | undefined;

  function start() {
    const worker = new Worker(url, { workerData: { codecs, maxPixels } });
    const thread = { worker, asked: [] as Waiting[] };
    worker.on("error", (error) => end(error instanceof Error ? error : new Error(String(error))));
    worker.on("message", (answer: Answer | Failed) => {
      const waiting = thread.asked.shift();
      if ("error" in answer) waiting?.reject(new Error(answer.error));
      else waiting?.resolve(answer);
      if (thread.asked.length === 0) worker.unref();
      handOut();
    });
    threads.push(thread);
    return thread;
  }

  function handOut(): void {
    while (queue.length > 0) {
      let thread = threads.reduce<(typeof threads)[0] | undefined>(
        (least, each) => (least && least.asked.length <= each.asked.length ? least : each),
        undefined,
      );
      if (!thread || (thread.asked.length > 0 && threads.length < most)) thread = start();
      if (thread.asked.length >= AT_ONCE) return;
      const waiting = queue.shift() as Waiting; // not empty
      thread.asked.push(waiting);
      thread.worker.ref();
      thread.worker.postMessage(waiting.question);
    }
  }

  function end(error: Error): void {
    over ??= error;
    for (const { reject } of [...threads.flatMap(({ asked }) => asked.splice(0)), ...queue.splice(0)])
      reject(over);
  }

  function ask(question: Ask): Promise<Answer> {
    const answer = new Promise<Answer>((resolve, reject) => {
      if (over) return reject(over);
      queue.push({ question, resolve, reject });
      handOut();
    });
    answer.catch(() => {}); // whoever awaits it hears of it; nobody may, after an earlier one failed
    return answer;
  }

  return {
    ask: ask as DecodePool["ask"], // each kind of question has its kind of answer
    async close() {
      end(new Error("data: closed while images were being read"));
      await Promise.all(threads.map(({ worker }) => worker.terminate()));
    },
  };
}
