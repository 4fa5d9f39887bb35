import { InvalidArgumentError, Option } from "commander";
import type { Backend } from "../core/backend.ts";
import { openBackend as openAs } from "../core-as/node.ts";
import { describeAdapter, openBackend as openWgsl } from "../core-wgsl/index.ts";

export type Choice = "auto" | "wgsl" | "as";

/** A whole number of at least 1, from the command line. */
export function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError(`must be a whole number from 1 on`);
  return value;
}

/** A number above 0, from the command line. */
export function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError("must be a number above 0");
  return value;
}

export const backendOption = () =>
  new Option("--backend <name>", "wgsl: WebGPU through Dawn; as: the CPU; auto: wgsl where there is a GPU")
    .choices(["auto", "wgsl", "as"])
    .default("auto");

export const threadsOption = () =>
  new Option("--threads <n>", "compute threads of the CPU backend (default: all cores)").argParser(count);

/** What `auto` chooses, and why: WebGPU on a GPU, never on a CPU that plays one, which the CPU backend outruns. */
export async function choose(): Promise<{ backend: "wgsl" | "as"; reason: string }> {
  const found = await describeAdapter();
  if ("reason" in found) return { backend: "as", reason: found.reason };
  const { device, software } = found.description;
  if (software) return { backend: "as", reason: `${device} is software; the CPU kernels outrun it` };
  return { backend: "wgsl", reason: `${device} is a GPU` };
}

export async function openChosen(choice: Choice, threads?: number): Promise<Backend> {
  const backend = choice === "auto" ? (await choose()).backend : choice;
  return backend === "wgsl" ? openWgsl() : openAs({ threads });
}
