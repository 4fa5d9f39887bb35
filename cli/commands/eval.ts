import { Command } from "commander";
import * as protocols from "./eval/index.ts";

/** Protocols that measure what an encoder learned: one subcommand each. */
export function evaluate(): Command {
  const command = new Command("eval").description("Measure what an encoder learned.");
  for (const protocol of Object.values(protocols)) command.addCommand(protocol().exitOverride());
  return command;
}
