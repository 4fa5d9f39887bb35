import { execFile, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Contestant } from "../contestant.ts";

/** Milliseconds after which OpenBLAS's threads have surely given up spinning (measured: 102), and leave the cores to others. */
const SPIN = 250;

const SCRIPT = fileURLToPath(new URL("torch.py", import.meta.url));

/** The first Python that has torch: the one on the path, or the system's. */
async function findPython(): Promise<string | undefined> {
  for (const python of ["python3", "/usr/bin/python3"]) {
    const has = await promisify(execFile)(python, ["-c", "import torch"]).catch(() => undefined);
    if (has) return python;
  }
  return undefined;
}

/** PyTorch on the CPU, in a process of its own that sleeps while others are measured. */
export async function openTorch({
  threads,
  width = 16,
  batch = 256,
}: {
  threads: number;
  width?: number;
  batch?: number;
}): Promise<Contestant | string> {
  const python = await findPython();
  if (!python) return "PyTorch: no python3 with torch";
  const child = spawn(python, [SCRIPT, ...[threads, width, batch].map(String)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`bench: ${python} ${SCRIPT} ended early`);
    return value;
  };
  const { cases, about }: { cases: string[]; about: string } = JSON.parse(await next());
  console.error(`torch: ${about}`);
  const run = (name: string) => async (repeats: number) => {
    child.stdin.write(`${name} ${repeats}\n`);
    const ms = Number(await next());
    await sleep(SPIN);
    return ms;
  };
  return {
    name: "torch",
    threads,
    cases: new Map(cases.map((name) => [name, run(name)])),
    async close() {
      child.stdin.end();
    },
  };
}
