import { Command } from "commander";
import * as protocols from "./eval/index.ts";

const notes = `
Examples:
  ssl-edge eval knn runs/a --train train.tar --test test.tar
  ssl-edge eval linear runs/a --train train.tar --test test.tar --layer all`;

/** Protocols that measure what an encoder learned: one subcommand each. */
export function evaluate(): Command {
  const command = new Command("eval")
    .description("Measure what an encoder learned.")
    .addHelpText("after", notes);
  for (const protocol of Object.values(protocols)) command.addCommand(protocol());
  return command;
}
