/**
 * One method as ssl-edge and as PyTorch pretrain it from one config, kNN of both:
 *
 *     node bench/parity/run.ts simclr --data train.tar --test test.tar --epochs 20
 *
 * Appends a row to a JSON file and prints its rows as Markdown.
 */
import { spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { findPython } from "../peers/python.ts";
import { writeStart } from "./start.ts";

const { values: given, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    data: { type: "string" },
    test: { type: "string" },
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
    results: { type: "string", default: "runs/parity.json" },
  },
});
const [method] = positionals;
const { data, test, together } = given;
if (!method || !data || !test)
  refuse("it takes a method, --data and --test: node bench/parity/run.ts simclr --data a.tar --test b.tar");
if (together && !given.threads) refuse("side by side, both would take all cores; add --threads 1");

function refuse(why: string): never {
  console.error(`parity: ${why}`);
  process.exit(1);
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
  let text = "";
  for await (const chunk of child.stdout.setEncoding("utf8")) text += chunk;
  const code = child.exitCode ?? (await new Promise((done) => child.once("exit", done)));
  if (code !== 0) throw new Error(`parity: ${command} ${args.slice(0, 3).join(" ")} ended with ${code}`);
  return JSON.parse(text.trimEnd().split("\n").at(-1)!);
}

async function ours(): Promise<Result> {
  const recipe = given.recipe ?? `${method}-cifar10`;
  const set = [`encoder.width=${given.width}`, ...given.set].flatMap((each) => ["--set", each]);
  const how = ["--backend", given.backend, ...threads, "--json"];
  const { seconds } = (await lastLine(process.execPath, [
    ...[CLI, "pretrain", recipe, "--data", data!, "--out", out],
    ...["--epochs", given.epochs, "--seed", given.seed, ...set, ...how],
  ])) as { seconds: number };
  const { layers } = (await lastLine(process.execPath, [
    ...[CLI, "eval", "knn", out, "--layer", "all", "--train", data!, "--test", test!, ...neighbours, ...how],
  ])) as { layers: Record<string, { accuracy: number; untrained: number }> };
  const pick = (which: "accuracy" | "untrained"): Accuracies =>
    Object.fromEntries(Object.entries(layers).map(([name, found]) => [name, found[which]]));
  return { seconds, untrained: pick("untrained"), trained: pick("accuracy") };
}

async function torch(): Promise<Result> {
  const python = await findPython("torch, PIL");
  if (!python) throw new Error("parity: there is no python3 with torch and PIL");
  await writeStart(config, data!, start);
  const { seconds, untrained, trained } = (await lastLine(python, [
    ...[SCRIPT, "--config", config, "--start", start, "--data", data!, "--test", test!],
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

async function both(): Promise<[Result, Result]> {
  const first = ours();
  await (together ? configWritten(first) : first);
  return Promise.all([first, torch()]);
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

const [own, theirs] = await both();
const earlier: Row[] = existsSync(given.results) ? JSON.parse(readFileSync(given.results, "utf8")) : [];
const { epochs, width, seed } = given;
const about = { method, epochs: Number(epochs), width: Number(width), seed: Number(seed) };
const row = { ...about, threads: given.threads ?? "all", together, ours: own, torch: theirs };
const rows = [...earlier, row];
writeFileSync(given.results, `${JSON.stringify(rows, null, 2)}\n`);
console.log(`kNN of test images in percent (k ${given.k}, T ${given.temperature}): last layer / best\n`);
console.log(tableOf(rows));
