/**
 * The kernels compiled with V8's --experimental-wasm-revectorize, which pairs 128-bit vectors into 256-bit ones: the same bits,
 * products in half the time. The flag is experimental, so another process tries the kernels first: a crash ends that one.
 */
import { execFile } from "node:child_process";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";

const PAIRS = "experimental-wasm-revectorize";
/**
 * Set while a module is compiled, and no longer. All of it is optimized in that call, so that the flag touches nothing else in
 * this process, and the code is the one that was tried.
 */
const FLAGS = { [PAIRS]: true, liftoff: false, "wasm-lazy-compilation": false };

/** Milliseconds that the trial may take. */
const PATIENCE = 20_000;

const flag = (name: string, on: boolean) => `--${on ? "" : "no-"}${name}`;

/** Compiles all of a module now, with pairs or, for comparison, without. Main thread and workers may share it. */
export function compileEagerly(bytes: Uint8Array, pairs: boolean): WebAssembly.Module {
  const flags = Object.entries({ ...FLAGS, [PAIRS]: pairs });
  for (const [name, on] of flags) setFlagsFromString(flag(name, on));
  try {
    return new WebAssembly.Module(labelled(bytes, pairs ? "wide" : "narrow"));
  } finally {
    for (const [name, on] of Object.entries(FLAGS)) setFlagsFromString(flag(name, !on));
  }
}

/** The module with an empty custom section: V8 would take the code of identical bytes from its cache. */
function labelled(bytes: Uint8Array, name: string): Uint8Array<ArrayBuffer> {
  const section = [0, name.length + 1, name.length, ...Buffer.from(name)];
  return Uint8Array.from([...bytes, ...section]);
}

/** Why a module is not compiled so, or "yes" where it is right and faster. */
export function tryPairs(file: URL): Promise<string> {
  // Only there has V8 the flag; elsewhere it would be an error of the command line.
  if (process.arch !== "x64") return Promise.resolve("no: V8 pairs vectors on x64 only");
  const script = fileURLToPath(new URL(`trial${extname(import.meta.url)}`, import.meta.url));
  const options = { timeout: PATIENCE, killSignal: "SIGKILL", encoding: "utf8" } as const;
  return new Promise<string>((resolve) => {
    execFile(process.execPath, [`--${PAIRS}`, script, fileURLToPath(file)], options, (error, stdout) => {
      if (!error) return resolve(stdout.trim());
      resolve(error.code === 9 ? "no: this V8 does not know the flag" : "no: the trial failed");
    });
  }).catch(({ code }) => `no: the trial could not start (${code})`); // as where processes have no permission to
}
