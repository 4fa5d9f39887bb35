import { Command } from "commander";
import { leavesOf, shortened } from "../../../core/train/records.ts";
import type { RunFolder } from "../../../core/train/runFolder.ts";
import { drawCurves } from "../../curves/draw.ts";
import { sparkline } from "../../curves/sparkline.ts";
import { tableOf } from "../../table.ts";
import { knnOf, lossOf, runAt, summaryOf } from "./summary.ts";

const notes = `
Examples:
  ssl-edge runs compare runs/a runs/b
  ssl-edge runs compare runs/* --out curves.svg

What differs in config, images and backend, then how far the runs are; the picture has all their curves.`;

export const compare = () =>
  new Command("compare")
    .description("Compare runs: what differs in their configs, and their curves in one picture.")
    .argument("<runs...>", "folders of runs")
    .option("--out <file>", "draw the curves into this .svg file")
    .option("--json", "print one JSON object")
    .addHelpText("after", notes)
    .action(action);

async function action(paths: string[], { out, json }: { out?: string; json?: boolean }): Promise<void> {
  const runs: RunFolder[] = [];
  for (const path of paths) runs.push(await runAt(path));
  const differing = differencesOf(runs);
  const summaries = runs.map(summaryOf);
  if (out) await drawCurves(out, runs);
  if (json) return console.log(JSON.stringify({ runs: summaries, differing, curves: out }));
  const rows = [
    ["", ...paths],
    ...Object.entries(differing).map(([key, values]) => [
      key,
      ...values.map((value) => (value === null ? "-" : JSON.stringify(shortened(value)))),
    ]),
    ["steps", ...summaries.map(({ step, steps }) => `${step}/${steps}`)],
    ["last loss", ...summaries.map(lossOf)],
    ["best knn", ...summaries.map(knnOf)],
    [
      "loss",
      ...runs.map(({ metrics }) =>
        sparkline(
          metrics.map(({ loss }) => loss),
          16,
        ),
      ),
    ],
  ];
  for (const line of tableOf(rows)) console.log(line);
  if (out) console.error(`wrote ${out}`);
}

/** Keys in which not all runs are one, with each run's value; null where it has none. */
function differencesOf(runs: readonly RunFolder[]): Record<string, unknown[]> {
  const all = runs.map(
    ({ config, data: { images, fingerprint }, backend: { name, simd } }) =>
      new Map(leavesOf({ ...config, images, fingerprint, backend: { name, simd } })) as ReadonlyMap<
        string,
        unknown
      >, // spread by key.path
  );
  const keys = new Set(all.flatMap((leaves) => [...leaves.keys()]));
  const rows = [...keys].map((key): [string, unknown[]] => [
    key,
    all.map((leaves) => leaves.get(key) ?? null),
  ]);
  return Object.fromEntries(
    rows.filter(([, values]) => new Set(values.map((value) => JSON.stringify(value))).size > 1),
  );
}
