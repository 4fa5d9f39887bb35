import { Command, CommanderError } from "commander";
import { oneLine } from "../core/oneLine.ts";
import { nearest } from "../core/train/nearest.ts";
import { version } from "../core/version.ts";
import * as commands from "./commands/index.ts";
import { exitCodeOf, exitCodes } from "./exit.ts";
import { exitOnSignals } from "./signals.ts";

const notes = `
Examples:
  ssl-edge pretrain simclr-cifar10 --data photos/ --out runs/a        # learn from images
  ssl-edge eval knn runs/a --train train.tar --test test.tar          # measure what was learned
  ssl-edge extract runs/a --data photos/ --out features.safetensors   # use it

Each command has a --help of its own, with examples.
${exitCodes}`;

const program = new Command("ssl-edge")
  .description("Pretrains visual encoders without labels, and measures what they learned.")
  .version(version)
  .addHelpText("after", notes);

for (const command of Object.values(commands)) program.addCommand(command());
settle(program);

/** A command and those below it throw where they would exit, and say which help tells more. */
function settle(command: Command, above = ""): void {
  const path = `${above}${command.name()}`;
  for (const below of command.commands) settle(below, `${path} `);
  command
    .exitOverride()
    .showHelpAfterError(`(npx ${path} --help tells more)`)
    .configureOutput({ outputError: (text, write) => write(said(command, text)) });
}

/** An error in our words; where an option is missing, with the one that may have been meant for it. */
function said({ options }: Command, text: string): string {
  const line = text.replace(/^error: /, "ssl-edge: ");
  if (!line.startsWith("ssl-edge: required option")) return line;
  const flags = options.flatMap(({ long, short }) => [long, short]).filter((flag) => flag !== undefined);
  const given = process.argv.filter((word) => word.startsWith("-")).map((word) => word.split("=")[0]);
  const stray = given.find((flag) => !flags.includes(flag));
  if (!stray) return line;
  const meant = nearest(stray, flags);
  return `${line.trimEnd()}; there is no ${stray}${meant ? `, did you mean ${meant}?` : ""}\n`;
}

async function main(): Promise<number> {
  try {
    await program.parseAsync();
    return 0;
  } catch (error) {
    if (!(error instanceof CommanderError)) {
      console.error(`ssl-edge: ${oneLine((error as Error).message, 4000)}`);
      if (process.env.SSL_EDGE_DEBUG) console.error(error);
    }
    return exitCodeOf(error);
  }
}

exitOnSignals();
const code = await main();
// Dawn keeps the process alive after its device is gone, and streams may hold text yet.
process.stdout.write("", () => process.stderr.write("", () => process.exit(code)));
