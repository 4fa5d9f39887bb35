import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { writeAtomically } from "../../core/train/files.ts";
import type { RunFolder } from "../../core/train/runFolder.ts";
import { UsageError } from "../exit.ts";
import { chart, type Panel } from "./chart.ts";

/** What is drawn of a run's metrics, where it has them. */
const PANELS = [
  { key: "loss", title: "loss", times: 1 },
  { key: "knn", title: "kNN accuracy, %", times: 100 },
  { key: "std", title: "standard deviation of embeddings", times: 1 },
  { key: "rank", title: "effective rank of embeddings", times: 1 },
];

/** A panel for each metric that any of the runs has. Values that were no numbers are left out. */
function panelsOf(runs: readonly RunFolder[]): Panel[] {
  const panels = PANELS.map(({ key, title, times }) => ({
    title,
    series: runs.map(({ path, metrics }) => ({
      name: path,
      points: metrics.flatMap(({ step, [key]: y }) =>
        typeof y === "number" ? [{ x: step!, y: times * y }] : [],
      ),
    })),
  }));
  return panels.filter(({ series }) => series.some(({ points }) => points.length));
}

/** Draws the curves of runs into an .svg file. Throws where there are none yet. */
export async function drawCurves(out: string, runs: readonly RunFolder[]): Promise<void> {
  if (!out.endsWith(".svg")) throw new UsageError(`runs: the picture must end in .svg; got ${out}`);
  const panels = panelsOf(runs);
  if (!panels.length) throw new Error("runs: there is nothing to draw: no run has done a step yet");
  await mkdir(dirname(out), { recursive: true });
  await writeAtomically("runs", out, [new TextEncoder().encode(chart(panels))]);
}
