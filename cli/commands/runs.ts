import { Command } from "commander";
import * as commands from "./runs/index.ts";

const notes = `
Examples:
  ssl-edge runs ls
  ssl-edge runs show runs/a --out curves.svg
  ssl-edge runs compare runs/a runs/b --out curves.svg

A run is a folder that pretrain made. It may still be under way.`;

/** What runs have written, read again. */
export function runs(): Command {
  const command = new Command("runs")
    .description("List runs, show one, or compare some, with curves as a picture.")
    .addHelpText("after", notes);
  for (const each of Object.values(commands)) command.addCommand(each());
  return command;
}
