/** What is measured, beside its peers: npm run bench -- kernels|step|data|memory|inference|losses. Peers: npm ci --prefix bench. */
import { writeFile } from "node:fs/promises";
import { availableParallelism, cpus } from "node:os";
import { parseArgs } from "node:util";
import { NAMES, type Row, rows as schema } from "./row.ts";

/** What the command line gives each bench. */
export interface Options {
  backend: "as" | "wgsl";
  threads: number;
  /** Whether V8 may pair vectors (core-as/revectorize.ts). */
  revectorize: boolean;
  /** Images; random ones where none are named. */
  data?: string[];
  steps?: number;
}

/** Rows for --json, and whether every bound held. */
export interface Report {
  rows: Row[];
  holds: boolean;
}

const USAGE = `npm run bench -- <kernels|step|data|memory|inference|losses> [options]

  kernels   matrix product and 3x3 convolution in three passes, against what the machine can do and its peers
  step      a SimCLR step: time, share of JavaScript, time by op; a supervised step of ResNet-18, batch 32
  data      from JPEG files to pixels, and to two random resized crops each
  memory    what a step needs, and what 2,000 steps leave behind
  inference features of ResNet-18, one image of 224 x 224 and 32 of 32 x 32
  losses    NT-Xent and its gradient of 8,192 and 65,536 rows of 128, against the products of whole matrices

  --backend as|wgsl   (as)
  --threads <n>       compute or decode threads (all cores)
  --no-revectorize    V8's vectors as they are, where they would be paired
  --data <path>       images for step and memory; may be repeated (random images)
  --steps <n>         for memory (2000)
  --json <file>       an array of { name, shape, backend, ours, unit, floor, peers: { <name>: { value, ratio } } }

Peers join in where they are installed: npm ci --prefix bench, and PyTorch and torchvision where python3 has them.`;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: {
      backend: { type: "string", default: "as" },
      threads: { type: "string", default: String(availableParallelism()) },
      data: { type: "string", multiple: true },
      steps: { type: "string" },
      "no-revectorize": { type: "boolean", default: false },
      json: { type: "string" },
      help: { type: "boolean" },
    },
    allowPositionals: true,
  });
  const [bench] = positionals;
  const threads = Number(values.threads);
  const steps = values.steps === undefined ? undefined : Number(values.steps);
  const fits = positionals.length === 1 && Object.hasOwn(NAMES, bench);
  const numbers = [threads, steps ?? 1].every((n) => Number.isInteger(n) && n > 0);
  if (values.help || !fits || !numbers || (values.backend !== "as" && values.backend !== "wgsl")) {
    console.error(USAGE);
    return values.help ? 0 : 2;
  }
  const cpu = cpus()[0]?.model.trim() ?? process.arch;
  console.log(`${new Date().toISOString()}  ${cpu}, ${cpus().length} cores, Node ${process.version}`);
  const { run }: { run(options: Options): Promise<Report> } = await import(`./${bench}.ts`);
  const { rows, holds } = await run({
    backend: values.backend,
    threads,
    revectorize: !values["no-revectorize"],
    data: values.data,
    steps,
  });
  const missing = NAMES[bench].filter((name) => !rows.some((row) => row.name === name));
  if (missing.length) throw new Error(`no row ${missing.join(", ")}`);
  schema.parse(rows);
  if (values.json) await writeFile(values.json, `${JSON.stringify(rows, null, 2)}\n`);
  return holds ? 0 : 1;
}

const code = await main().catch((error: Error) => {
  console.error(`bench: ${error.stack}`);
  return 1;
});
// Dawn keeps the process alive after its device is gone, and streams may hold text yet.
process.stdout.write("", () => process.stderr.write("", () => process.exit(code)));
