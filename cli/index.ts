import { Command, CommanderError } from "commander";
import { oneLine } from "../core/oneLine.ts";
import { version } from "../core/version.ts";
import * as commands from "./commands/index.ts";

const program = new Command("ssl-edge")
  .description("Pretrains visual encoders without labels, and measures what they learned.")
  .version(version)
  .showHelpAfterError("(ssl-edge --help shows what there is)")
  .exitOverride();

for (const command of Object.values(commands)) program.addCommand(command().exitOverride());

/** Failures are one line; 1 for what went wrong, 2 for what was asked for wrongly. */
async function main(): Promise<number> {
  try {
    await program.parseAsync();
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    console.error(`ssl-edge: ${oneLine((error as Error).message, 4000)}`);
    if (process.env.SSL_EDGE_DEBUG) console.error(error);
    return 1;
  }
}

const code = await main();
// Dawn keeps the process alive after its device is gone, and streams may hold text yet.
process.stdout.write("", () => process.stderr.write("", () => process.exit(code)));
