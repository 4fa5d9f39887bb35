/** The command line as its users meet it. */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";

/** How a command ended: its code (null if it was killed), what it said, and how long it trained, in milliseconds. */
export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
  trained: number;
}

/** A signal that is sent so many milliseconds after stderr matches, or after the one before it was sent. */
export interface Sent {
  signal: NodeJS.Signals;
  once?: RegExp;
  after?: number;
}

const TRAINS = /^backend /m;

export interface CommandOptions {
  killAfter?: number;
  send?: Sent[];
  /** More variables of its environment. */
  env?: Record<string, string>;
  /** What stands before the command line: Node, with options, or a shell that ends in running its arguments. */
  before?: readonly string[];
  /** Where it runs; the package's own folder where nothing is said. */
  cwd?: string;
}

const index = join(import.meta.dirname, "../../cli/index.ts");

/** Runs `ssl-edge` to its end, or kills it so many milliseconds after its training began. */
export function sslEdge(
  args: readonly string[],
  { killAfter, send = [], env, before = [process.execPath], cwd }: CommandOptions = {},
): Promise<Outcome> {
  const [command, ...options] = [...before, index, ...args];
  const child = spawn(command, options, {
    stdio: ["ignore", "pipe", "pipe"],
    ...{ cwd, env: { ...process.env, ...env } },
  });
  return outcomeOf(
    child,
    killAfter === undefined ? send : [{ signal: "SIGKILL", once: TRAINS, after: killAfter }],
  );
}

/** Waits for a command's end, which is when nothing writes to its streams any more. */
export function outcomeOf(child: ChildProcess, send: Sent[] = []): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    let [stdout, stderr] = ["", ""];
    let started: number | undefined;
    const waiting = [...send];
    let timer: NodeJS.Timeout | undefined;
    function next(): void {
      const [first] = waiting;
      if (timer || !first || (first.once && !first.once.test(stderr))) return;
      timer = setTimeout(() => {
        child.kill(first.signal);
        timer = undefined;
        waiting.shift();
        next();
      }, first.after ?? 0);
    }
    child.stdout!.setEncoding("utf8").on("data", (text) => {
      stdout += text;
    });
    child.stderr!.setEncoding("utf8").on("data", (text) => {
      stderr += text;
      if (started === undefined && TRAINS.test(stderr)) started = performance.now();
      next();
    });
    child.on("error", reject);
    child.on("close", (code) => {
      clearTimeout(timer);
      resolve({ code, stdout, stderr, trained: started === undefined ? 0 : performance.now() - started });
    });
  });
}
