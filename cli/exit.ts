import { CommanderError } from "commander";
import { ConfigError } from "../core/train/config.ts";
import { codeOf, type Signal } from "./signals.ts";

/** Options that do not go together. */
export class UsageError extends Error {
  override name = "UsageError";
}

/** Work that ended early, as a signal asked it to, with nothing lost. */
export class Stopped extends Error {
  override name = "Stopped";
  readonly by: Signal;

  constructor(by: Signal, message: string) {
    super(message);
    this.by = by;
  }
}

/** What --help says of them. */
export const exitCodes = `
Exit codes:
  0    done
  1    failed
  2    asked for wrongly: usage, or a recipe's settings
  130  stopped by SIGINT (Ctrl-C); pretrain saves first, a second one ends it at once
  143  stopped by SIGTERM, likewise`;

export function exitCodeOf(error: unknown): number {
  if (error instanceof Stopped) return codeOf(error.by);
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2; // help and version are asked for, too
  return error instanceof ConfigError || error instanceof UsageError ? 2 : 1;
}
