import { type RunFolder, readRunFolder } from "../../../core/train/runFolder.ts";

/** A run in a few words, as ls lists it and --json tells it. */
export interface Summary {
  run: string;
  method: string;
  encoder: string;
  width?: number;
  images: number;
  /** Steps done, and of the whole run. */
  step: number;
  steps: number;
  /** Of the last step; missing where it was no number. */
  loss?: number;
  /** The best of those measured. */
  knn?: number;
  finished: boolean;
  /** Whether a process is at work on it. */
  running: boolean;
  /** Step of the newest checkpoint. */
  saved?: number;
  /** When it last wrote. */
  touched: string;
}

export function summaryOf(run: RunFolder): Summary {
  const { path, config, data, metrics, checkpoints, steps, touched, running } = run;
  const { method, encoder } = config as Record<string, { name: string; width?: number }>; // as pretrain writes it
  const last = metrics.at(-1);
  const measured = metrics.flatMap(({ knn }) => knn ?? []);
  const saved = checkpoints.at(-1)?.step;
  return {
    ...{ run: path, method: method.name, encoder: encoder.name, width: encoder.width },
    ...{ images: Number(data.images), step: (last?.step ?? -1) + 1, steps, loss: last?.loss ?? undefined },
    knn: measured.length ? Math.max(...measured) : undefined,
    ...{ finished: steps > 0 && saved === steps, running, saved, touched: new Date(touched).toISOString() },
  };
}

/** Whether it is under way, or has all its steps, and else where it would go on. */
export function stateOf({ finished, running, saved }: Summary): string {
  if (running) return "running";
  if (finished) return "finished";
  return saved === undefined ? "nothing saved" : `saved at step ${saved}`;
}

/** As shown: what is not there is a dash. */
export const lossOf = ({ loss }: Summary): string => loss?.toFixed(4) ?? "-";
export const knnOf = ({ knn }: Summary): string => (knn === undefined ? "-" : `${(100 * knn).toFixed(2)} %`);

/** How long ago, in the largest unit that fits. */
export function ageOf({ touched }: Summary, now: number): string {
  const seconds = Math.max(0, (now - Date.parse(touched)) / 1000);
  const units = [
    ["d", 86400],
    ["h", 3600],
    ["min", 60],
  ] as const;
  const [unit, each] = units.find(([, each]) => seconds >= each) ?? ["s", 1];
  return `${Math.floor(seconds / each)} ${unit}`;
}

/** A run that was named. Throws where the folder is none. */
export async function runAt(path: string): Promise<RunFolder> {
  const run = await readRunFolder(path);
  if (run) return run;
  throw new Error(
    `runs: ${path} is no run's folder: it has no config.json that pretrain wrote; npx ssl-edge runs ls <dir> lists runs`,
  );
}
