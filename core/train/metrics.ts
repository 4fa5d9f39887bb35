import { open, readFile } from "node:fs/promises";
import { notWritten, writeAtomically } from "./files.ts";
import type { Metrics } from "./training.ts";

/** The log of a run: one JSON object a step. */
export interface MetricsLog extends AsyncDisposable {
  append(rows: readonly Metrics[]): Promise<void>;
}

/** Opens a log for steps from `step` on: what an interrupted run wrote beyond its checkpoint goes. */
export async function openMetrics(path: string, step: number): Promise<MetricsLog> {
  const before = step ? await readFile(path, "utf8").catch(() => "") : "";
  const kept = before.split("\n").filter((line) => stepOf(line) < step);
  await writeAtomically("metrics", path, [
    new TextEncoder().encode(kept.map((line) => `${line}\n`).join("")),
  ]);
  const file = await open(path, "a");
  return {
    async append(rows) {
      const text = rows.map((row) => `${JSON.stringify(row)}\n`).join("");
      await file.writeFile(text).catch((cause) => {
        throw notWritten("metrics", path, cause);
      });
    },
    [Symbol.asyncDispose]: () => file.close(),
  };
}

/** The step of a line; infinite where the line was cut short. */
function stepOf(line: string): number {
  try {
    return (JSON.parse(line) as Metrics).step;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
