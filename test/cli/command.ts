/** The command line as its users meet it. */
import { spawn } from "node:child_process";
import { join } from "node:path";

/** How a command ended: its code (null if it was killed), what it said, and how long it trained, in milliseconds. */
export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
  trained: number;
}

export interface CommandOptions {
  killAfter?: number;
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
  { killAfter, env, before = [process.execPath], cwd }: CommandOptions = {},
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const [command, ...options] = [...before, index, ...args];
    const child = spawn(command, options, {
      stdio: ["ignore", "pipe", "pipe"],
      ...{ cwd, env: { ...process.env, ...env } },
    });
    let [stdout, stderr] = ["", ""];
    let started: number | undefined;
    let timer: NodeJS.Timeout | undefined;
    child.stdout.setEncoding("utf8").on("data", (text) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text) => {
      stderr += text;
      if (started !== undefined || !/^backend /m.test(stderr)) return;
      started = performance.now();
      if (killAfter !== undefined) timer = setTimeout(() => child.kill("SIGKILL"), killAfter);
    });
    child.on("error", reject);
    child.on("close", (code) => {
      clearTimeout(timer);
      resolve({ code, stdout, stderr, trained: started === undefined ? 0 : performance.now() - started });
    });
  });
}
