import { InvalidArgumentError, Option } from "commander";

export type Choice = "auto" | "wgsl" | "as";

/** A whole number of at least 1, from the command line. */
export function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError(`must be a whole number from 1 on`);
  return value;
}

/** A whole number of at least 0, from the command line. */
export function whole(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isSafeInteger(value) || value < 0)
    throw new InvalidArgumentError("must be a whole number from 0 on");
  return value;
}

/** An option that may be repeated: all that was given, in order. */
export const collect = (value: string, earlier: string[]): string[] => [...earlier, value];

/** A number above 0, from the command line. */
export function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError("must be a number above 0");
  return value;
}

/** Whether kernels may be compiled with V8's 256-bit pairs: SSL_EDGE_REVECTORIZE=off says no. */
export const mayRevectorize = (): boolean => process.env.SSL_EDGE_REVECTORIZE !== "off";

export const backendOption = () =>
  new Option("--backend <name>", "wgsl: WebGPU through Dawn; as: the CPU; auto: wgsl where there is a GPU")
    .choices(["auto", "wgsl", "as"])
    .default("auto");

export const threadsOption = () =>
  new Option("--threads <n>", "compute threads of the CPU backend (default: all cores)").argParser(count);
