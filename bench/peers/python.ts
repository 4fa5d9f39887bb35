import { execFile, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import type { Contestant } from "../contestant.ts";

/** Milliseconds after which OpenBLAS's threads, and ONNX Runtime's, have surely given up spinning (measured: 102), and leave the cores to others. */
export const SPIN = 250;

/** The first Python that has a module: the one on the path, or the system's. */
export async function findPython(module: string): Promise<string | undefined> {
  for (const python of ["python3", "/usr/bin/python3"]) {
    const has = await promisify(execFile)(python, ["-c", `import ${module}`]).catch(() => undefined);
    if (has) return python;
  }
  return undefined;
}

/**
 * A peer in a Python process of its own that sleeps while others are measured, or why there is none.
 *
 * The script writes { cases, about } as JSON, then reads lines `<case> <repeats>` and answers each with the milliseconds of all
 * its runs.
 */
export async function openPython(
  name: string,
  { module, script, args, threads }: { module: string; script: string; args: unknown[]; threads: number },
): Promise<Contestant | string> {
  const python = await findPython(module);
  if (!python) return `${name}: no python3 with ${module}`;
  const child = spawn(python, [script, ...args.map(String)], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`bench: ${python} ${script} ended early`);
    return value;
  };
  const { cases, about }: { cases: string[]; about: string } = JSON.parse(await next());
  console.error(`${name}: ${about}`);
  const run = (name: string) => async (repeats: number) => {
    child.stdin.write(`${name} ${repeats}\n`);
    const ms = Number(await next());
    await sleep(SPIN);
    return ms;
  };
  return {
    ...{ name, threads },
    cases: new Map(cases.map((name) => [name, run(name)])),
    async close() {
      child.stdin.end();
    },
  };
}
