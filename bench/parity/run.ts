/**
 * One method as ssl-edge and as PyTorch pretrain it from one config, kNN of both:
 *
 *     npx node bench/parity/run.ts simclr --data train.tar --test test.tar --epochs 20
 *
 * Appends a row to a JSON file and prints its rows as Markdown.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { oneLine } from "../../core/oneLine.ts";
import { methodsByName, parseSetting, resolveConfig } from "../../core/train/config.ts";
import { didYouMean } from "../../core/train/nearest.ts";
import { readRecipe } from "../../core/train/recipe.ts";
import { findPython } from "../peers/python.ts";
import { writeStart } from "./start.ts";

const usage = `npx node bench/parity/run.ts <method> --data <tar> --test <tar>

  --epochs <n>        passes over the data (1)
  --width <n>         channels of the encoder's first stage, 8 or more (16)
  --seed <n>          of all that is random (1)
  --threads <n>       of each program (all cores)
  --backend <name>    of ssl-edge (as)
  --together          both at the same time; takes --threads
  --recipe <name>     another than <method>-cifar10, or a .json file
  --set <key=value>   any setting of the recipe; may be repeated
  --k <n>             neighbours that vote (200)
  --temperature <t>   of the votes' weights (0.1)
  --runs <dir>        where the runs' folders are made (runs)
  --results <file>    to which a row is appended (parity.json in the folder of --runs)

Methods: ${[...methodsByName.keys()].join(", ")}`;

/** Programs that run yet. */
const children = new Set<ChildProcess>();

/** Ends all in one line. */
function refuse(error: unknown): never {
  for (const child of children) child.kill();
  const { message } = error as Error; // nothing else is thrown here
  console.error(`parity: ${oneLine(message, 4000)}`);
  process.exit(1);
}

function wordsGiven() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        help: { type: "boolean", default: false },
        data: { type: "string", default: "" },
        test: { type: "string", default: "" },
        epochs: { type: "string", default: "1" },
        width: { type: "string", default: "16" },
        seed: { type: "string", default: "1" },
        threads: { type: "string" },
        backend: { type: "string", default: "as" },
        together: { type: "boolean", default: false },
        recipe: { type: "string" },
        set: { type: "string", multiple: true, default: [] },
        k: { type: "string", default: "200" },
        temperature: { type: "string", default: "0.1" },
        runs: { type: "string", default: "runs" },
        results: { type: "string" },
      },
    });
  } catch (error) {
    refuse(error);
  }
}

const {
  values: given,
  positionals: [method = ""],
} = wordsGiven();
const { data, test, together } = given;
const recipe = given.recipe ?? `${method}-cifar10`;
const settings = [`encoder.width=${given.width}`, ...given.set];
const results = given.results ?? join(given.runs, "parity.json");

/** What is wrong with what was asked for is to be known before hours of work. */
async function checked(): Promise<{ python: string; earlier: Row[] }> {
  if (!method || !data || !test)
    throw new Error("it takes a method, --data and --test: npx node bench/parity/run.ts --help tells more");
  const names = [...methodsByName.keys()];
  if (!names.includes(method))
    throw new Error(`there is no method ${method}${didYouMean(method, names)}; there is ${names.join(", ")}`);
  if (together && !given.threads) throw new Error("side by side, both would take all cores; add --threads 1");
  for (const path of [data, test]) if (!existsSync(path)) throw new Error(`${path} does not exist`);
  const asked = [...settings, `epochs=${given.epochs}`, `seed=${given.seed}`].map(parseSetting);
  const run = resolveConfig(await readRecipe(recipe), Object.fromEntries(asked));
  if (run.method.name !== method)
    throw new Error(`${recipe} is a recipe of ${run.method.name}, not of ${method}`);
  const earlier = existsSync(results) ? JSON.parse(readFileSync(results, "utf8")) : [];
  mkdirSync(dirname(results), { recursive: true });
  const python = await findPython("torch, PIL");
  if (!python) throw new Error("there is no python3 with torch and PIL");
  return { python, earlier };
}

const CLI = fileURLToPath(new URL("../../cli/index.ts", import.meta.url));
const SCRIPT = fileURLToPath(new URL("train.py", import.meta.url));
const out = join(given.runs, `parity-${method}-${given.epochs}-${given.seed}-${Date.now()}`);
const config = join(out, "config.json");
const start = join(out, "start.safetensors");
const threads = given.threads ? ["--threads", given.threads] : [];
const neighbours = ["--k", given.k, "--temperature", given.temperature];

/** Accuracies by layer, first to last. */
type Accuracies = Record<string, number>;

interface Result {
  seconds: number;
  untrained: Accuracies;
  trained: Accuracies;
}

interface Row {
  method: string;
  epochs: number;
  width: number;
  seed: number;
  threads: string;
  together: boolean;
  ours: Result;
  torch: Result;
}

/** What a program prints last, as JSON; what else it says is shown. */
async function lastLine(command: string, args: readonly string[]): Promise<unknown> {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
  children.add(child);
  const [said, [code, signal]] = await Promise.all([text(child.stdout), once(child, "close")]);
  children.delete(child);
  if (code !== 0)
    throw new Error(
      `${command} ${args.slice(0, 3).join(" ")} ${signal ? `was killed by ${signal}` : `ended with ${code}`}`,
    );
  return JSON.parse(said.trimEnd().split("\n").at(-1)!);
}

async function ours(): Promise<Result> {
  const set = settings.flatMap((each) => ["--set", each]);
  const how = ["--backend", given.backend, ...threads, "--json"];
  const { seconds } = (await lastLine(process.execPath, [
    ...[CLI, "pretrain", recipe, "--data", data, "--out", out],
    ...["--epochs", given.epochs, "--seed", given.seed, ...set, ...how],
  ])) as { seconds: number };
  const { layers } = (await lastLine(process.execPath, [
    ...[CLI, "eval", "knn", out, "--layer", "all", "--train", data, "--test", test, ...neighbours, ...how],
  ])) as { layers: Record<string, { accuracy: number; untrained: number }> };
  const pick = (which: "accuracy" | "untrained"): Accuracies =>
    Object.fromEntries(Object.entries(layers).map(([name, found]) => [name, found[which]]));
  return { seconds, untrained: pick("untrained"), trained: pick("accuracy") };
}

async function torch(python: string): Promise<Result> {
  await writeStart(config, data, start);
  const { seconds, untrained, trained } = (await lastLine(python, [
    ...[SCRIPT, "--config", config, "--start", start, "--data", data, "--test", test],
    ...[...threads, ...neighbours],
  ])) as Omit<Result, "seconds"> & { seconds: number[] };
  return { seconds: seconds.reduce((a, b) => a + b), untrained, trained };
}

/** Once a run has begun, or ended without a config. */
async function configWritten(run: Promise<unknown>): Promise<void> {
  const ended = run.then(
    () => true,
    () => true,
  );
  const soon = () => new Promise<false>((done) => setTimeout(done, 200, false));
  while (!existsSync(config)) if (await Promise.race([ended, soon()])) return;
}

async function both(python: string): Promise<[Result, Result]> {
  const first = ours();
  await (together ? configWritten(first) : first);
  return Promise.all([first, torch(python)]);
}

/** Of the last layer, and of the best. */
const cell = (found: Accuracies): string => {
  const percent = Object.values(found).map((share) => (100 * share).toFixed(2));
  return `${percent.at(-1)} / ${(100 * Math.max(...Object.values(found))).toFixed(2)}`;
};

function tableOf(rows: readonly Row[]): string {
  const heads = ["method", "epochs", "width", "seed", "threads"];
  const found = ["ours untrained", "PyTorch untrained", "ours", "PyTorch", "ours s", "PyTorch s"];
  const lines = rows.map(({ ours, torch, together, ...row }) => [
    ...[row.method, row.epochs, row.width, row.seed, `${row.threads}${together ? ", side by side" : ""}`],
    ...[cell(ours.untrained), cell(torch.untrained), cell(ours.trained), cell(torch.trained)],
    ...[ours.seconds.toFixed(0), torch.seconds.toFixed(0)],
  ]);
  const columns = [...heads, ...found];
  return [columns, columns.map(() => "---"), ...lines].map((line) => `| ${line.join(" | ")} |`).join("\n");
}

async function main(): Promise<void> {
  const { python, earlier } = await checked();
  const [own, theirs] = await both(python);
  const { epochs, width, seed } = given;
  const about = { method, epochs: Number(epochs), width: Number(width), seed: Number(seed) };
  const row = { ...about, threads: given.threads ?? "all", together, ours: own, torch: theirs };
  const rows = [...earlier, row];
  writeFileSync(results, `${JSON.stringify(rows, null, 2)}\n`);
  console.log(`kNN of test images in percent (k ${given.k}, T ${given.temperature}): last layer / best\n`);
  console.log(tableOf(rows));
}

if (given.help) console.log(usage);
else await main().catch(refuse);
