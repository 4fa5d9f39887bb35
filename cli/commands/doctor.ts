import { Command } from "commander";
import { version } from "../../core/version.ts";
import { openBackend as openAs } from "../../core-as/node.ts";
import { describeAdapter } from "../../core-wgsl/index.ts";
import { chooseBackend } from "../../index.ts";
import { mayRevectorize } from "../backend.ts";

const notes = `
Examples:
  ssl-edge doctor
  ssl-edge doctor --json
  SSL_EDGE_REVECTORIZE=off ssl-edge doctor

With SSL_EDGE_REVECTORIZE=off no command compiles kernels with V8's --experimental-wasm-revectorize, whose bits
are the same.`;

export const doctor = () =>
  new Command("doctor")
    .description(
      "Show what this machine offers: adapter, features, limits, threads, SIMD level, whether V8 pairs vectors, and what auto chooses.",
    )
    .option("--json", "print one JSON object")
    .addHelpText("after", notes)
    .action(action);

async function action({ json }: { json?: boolean }): Promise<void> {
  const adapter = await describeAdapter();
  const cpu = await openAs({ revectorize: mayRevectorize() });
  const auto = await chooseBackend();
  const report = {
    version,
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    as: cpu.description,
    wgsl: adapter,
    auto,
  };
  await cpu.close();
  if (json) return console.log(JSON.stringify(report));
  print(report);
}

/** Nested values as indented lines. */
function print(value: object, indent = ""): void {
  for (const [key, each] of Object.entries(value)) {
    if (Array.isArray(each)) console.log(`${indent}${key}: ${each.join(", ")}`);
    else if (typeof each === "object" && each) {
      console.log(`${indent}${key}:`);
      print(each, `${indent}  `);
    } else console.log(`${indent}${key}: ${each}`);
  }
}
