import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { Command } from "commander";
import { type RunFolder, readRunFolder } from "../../../core/train/runFolder.ts";
import { quoted } from "../../shell.ts";
import { tableOf } from "../../table.ts";
import { ageOf, knnOf, lossOf, stateOf, summaryOf } from "./summary.ts";

const notes = `
Examples:
  ssl-edge runs ls
  ssl-edge runs ls experiments/ --json

A line for each run in the folder, or in folders of it: the last step's loss, the best kNN if it was monitored, when it last wrote,
and whether a process is at work on it.`;

export const ls = () =>
  new Command("ls")
    .description("List the runs in a folder.")
    .argument("[dir]", "folder of runs", "runs")
    .option("--json", "print one JSON object")
    .addHelpText("after", notes)
    .action(action);

async function action(dir: string, { json }: { json?: boolean }): Promise<void> {
  const summaries = (await runsIn(dir)).map(summaryOf);
  if (json) return console.log(JSON.stringify({ runs: summaries }));
  if (!summaries.length) return console.error(`${dir} holds no runs`);
  const now = Date.now();
  const rows = summaries.map((each) => [
    ...[each.run, each.method, each.encoder, String(each.images), `${each.step}/${each.steps}`],
    ...[lossOf(each), knnOf(each), ageOf(each, now), stateOf(each)],
  ]);
  const head = ["run", "method", "encoder", "images", "steps", "loss", "knn", "age", "state"];
  for (const line of tableOf([head, ...rows])) console.log(line);
}

/** The folder itself, what lies in it, and what lies in folders of it, as far as these are runs. */
async function runsIn(dir: string, depth = 2): Promise<RunFolder[]> {
  const run = await readRunFolder(dir);
  if (run || !depth) return run ? [run] : [];
  const entries = await readdir(dir, { withFileTypes: true }).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT")
      throw new Error(
        `runs: there is no folder ${dir}; npx ssl-edge pretrain <recipe> --data <images> --out ${quoted([join(dir, "a")])} makes a run`,
        { cause },
      );
    throw new Error(`runs: ${dir} cannot be read: ${cause.message}`, { cause });
  });
  const found: RunFolder[] = [];
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1)))
    if (entry.isDirectory() || entry.isSymbolicLink())
      found.push(...(await runsIn(join(dir, entry.name), depth - 1).catch(() => [])));
  return found;
}
