import { Command } from "commander";
import { version } from "../../core/version.ts";
import { openBackend as openAs } from "../../core-as/node.ts";
import { type Contest, describeAdapter, tune } from "../../core-wgsl/index.ts";
import { chooseBackend } from "../../index.ts";
import { mayRevectorize, positive } from "../backend.ts";
import { keepTiles, tilesFor } from "../tiles.ts";

const notes = `
Examples:
  ssl-edge doctor
  ssl-edge doctor --json
  ssl-edge doctor --tune
  SSL_EDGE_REVECTORIZE=off ssl-edge doctor

--tune times the GPU kernels of products in several sizes of tiles, for some 20 seconds, and keeps the fastest in
$XDG_CACHE_HOME/ssl-edge (~/.cache/ssl-edge), from where every command takes them while adapter, driver and kernels stay the same.

With SSL_EDGE_REVECTORIZE=off no command compiles kernels with V8's --experimental-wasm-revectorize, whose bits
are the same.`;

export const doctor = () =>
  new Command("doctor")
    .description(
      "Show what this machine offers: adapter, features, limits, threads, SIMD level, whether V8 pairs vectors, and what auto chooses.",
    )
    .option("--json", "print one JSON object")
    .option("--tune", "find the fastest tiles for this machine's GPU, and keep them")
    .option("--seconds <n>", "how long that may take, about", positive, 20)
    .addHelpText("after", notes)
    .action(action);

interface Options {
  json?: boolean;
  tune?: boolean;
  seconds: number;
}

async function action({ json, tune: tunes, seconds }: Options): Promise<void> {
  const adapter = await describeAdapter();
  const tuned = tunes ? await contest(adapter, seconds) : undefined;
  const cpu = await openAs({ revectorize: mayRevectorize() });
  const auto = await chooseBackend();
  const report = {
    version,
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    as: cpu.description,
    wgsl: adapter,
    ...("reason" in adapter ? {} : { tiles: (await tilesFor(adapter)) ?? "as the kernels have them" }),
    ...tuned,
    auto,
  };
  await cpu.close();
  if (json) return console.log(JSON.stringify(report));
  print(report);
}

/** Finds tiles and keeps them: where, and what was timed. */
async function contest(
  adapter: Awaited<ReturnType<typeof describeAdapter>>,
  seconds: number,
): Promise<{ cache: string; times: Contest["times"] }> {
  if ("reason" in adapter) throw new Error(adapter.reason);
  const { tiles, times } = await tune({ seconds });
  return { cache: await keepTiles(adapter, tiles), times };
}

/** Nested values as indented lines. */
function print(value: object, indent = ""): void {
  for (const [key, each] of Object.entries(value)) {
    if (Array.isArray(each) && typeof each[0] === "object") {
      console.log(`${indent}${key}:`);
      for (const row of each)
        console.log(
          `${indent}  ${Object.entries(row)
            .map((pair) => pair.join(" "))
            .join(", ")}`,
        );
    } else if (Array.isArray(each)) console.log(`${indent}${key}: ${each.join(", ")}`);
    else if (typeof each === "object" && each) {
      console.log(`${indent}${key}:`);
      print(each, `${indent}  `);
    } else console.log(`${indent}${key}: ${each}`);
  }
}
