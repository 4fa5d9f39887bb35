import { Command } from "commander";
import { leavesOf, shortened } from "../../../core/train/records.ts";
import { drawCurves } from "../../curves/draw.ts";
import { sparkline } from "../../curves/sparkline.ts";
import { tableOf } from "../../table.ts";
import { ageOf, runAt, stateOf, summaryOf } from "./summary.ts";

const notes = `
Examples:
  ssl-edge runs show runs/a
  ssl-edge runs show runs/a --out curves.svg
  ssl-edge runs show runs/a --json

The picture has the loss and, where the run has them, kNN accuracy, and standard deviation and effective rank of embeddings.`;

export const show = () =>
  new Command("show")
    .description("Show a run: config, data, metrics, checkpoints, curves.")
    .argument("<run>", "a run's folder")
    .option("--out <file>", "draw the curves into this .svg file")
    .option("--json", "print one JSON object")
    .addHelpText("after", notes)
    .action(action);

async function action(path: string, { out, json }: { out?: string; json?: boolean }): Promise<void> {
  const run = await runAt(path);
  const { config, data, backend, metrics, checkpoints } = run;
  const summary = summaryOf(run);
  const last = metrics.at(-1);
  if (out) await drawCurves(out, [run]);
  if (json)
    return console.log(JSON.stringify({ ...summary, config, data, backend, last, checkpoints, curves: out }));
  const words = (record: object) => [...leavesOf(record)].map(([key, value]) => `${key} ${wordOf(value)}`);
  const { method, encoder, optimizer, views: _, normalize: __, ...others } = config;
  const rows = [
    [
      "run",
      `${path}: ${summary.step}/${summary.steps} steps, ${stateOf(summary)}, ${ageOf(summary, Date.now())} ago`,
    ],
    ...Object.entries({ method, encoder, optimizer, config: others, data, backend }).map(([name, record]) => [
      name,
      words(record as object).join(", "),
    ]),
    ["loss", sparkline(metrics.map(({ loss }) => loss))],
    ["last step", last ? words(last).join(", ") : "none yet"],
    ...checkpoints.map(({ path, bytes }) => ["checkpoint", `${path}, ${(bytes / 1e6).toFixed(1)} MB`]),
    ...(out ? [["curves", out]] : []),
  ];
  for (const line of tableOf(rows)) console.log(line);
}

/** Four digits of a number are enough for people. */
function wordOf(value: unknown): string {
  if (typeof value === "number")
    return String(Number.isInteger(value) ? value : Number(value.toPrecision(4)));
  return typeof value === "string" ? String(shortened(value)) : JSON.stringify(value);
}
