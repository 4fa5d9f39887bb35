import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { isHeld } from "./lock.ts";
import { isRecord, type JsonRecord } from "./records.ts";

export interface SavedCheckpoint {
  readonly step: number;
  readonly path: string;
  readonly bytes: number;
}

/** What a run's folder tells, without loading a state. */
export interface RunFolder {
  readonly path: string;
  readonly config: JsonRecord;
  /** As in `config.json`: the data set's fingerprint and count of images. */
  readonly data: JsonRecord;
  readonly backend: JsonRecord;
  /** A row a step; values that were no numbers are null. */
  readonly metrics: readonly Readonly<Record<string, number | null>>[];
  readonly checkpoints: readonly SavedCheckpoint[];
  /** Steps of the whole run and of an epoch. */
  readonly steps: number;
  readonly perEpoch: number;
  /** When it last wrote, in ms since 1970. */
  readonly touched: number;
  /** Whether a process is at work on it. */
  readonly running: boolean;
}

/** The checkpoints of a run, by step. */
export async function checkpointsOf(run: string): Promise<SavedCheckpoint[]> {
  const folder = join(run, "checkpoints");
  const names = await readdir(folder).catch(() => []);
  const found: SavedCheckpoint[] = [];
  for (const name of names.sort()) {
    const step = /^step-(\d+)\.safetensors$/.exec(name)?.[1];
    if (step === undefined) continue;
    const path = join(folder, name);
    const there = await stat(path).catch(() => undefined); // a run under way removes its older ones
    if (there) found.push({ step: Number(step), path, bytes: there.size });
  }
  return found;
}

/** A run's folder; undefined where a folder is none, or there is none. */
export async function readRunFolder(path: string): Promise<RunFolder | undefined> {
  const described = await readFile(join(path, "config.json"), "utf8").catch(() => undefined);
  const about = parse(described);
  if (!isRecord(about) || ![about.config, about.data, about.backend].every(isRecord)) return undefined;
  const { config, data, backend } = about as Record<string, JsonRecord>; // as checked
  const log = join(path, "metrics.jsonl");
  const text = await readFile(log, "utf8").catch(() => "");
  const metrics = text
    .split("\n")
    .map(parse)
    .filter((row) => isRecord(row) && Number.isInteger(row.step)) as RunFolder["metrics"]; // a line that is being written is left out
  const { mtimeMs: touched } = await stat(log).catch(() => stat(join(path, "config.json")));
  const perEpoch = Math.floor(Number(data.images) / Number(config.batchSize)) || 0;
  const steps = perEpoch * Number(config.epochs) || 0;
  const checkpoints = await checkpointsOf(path);
  const running = await isHeld(path).catch(() => false); // a lock that cannot be read says nothing
  return { path, config, data, backend, metrics, checkpoints, steps, perEpoch, touched, running };
}

function parse(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "");
  } catch {
    return undefined;
  }
}
