import { join } from "node:path";
import type { Backend } from "../backend.ts";
import type { DataSet } from "../data/source.ts";
import type { Method } from "../methods/index.ts";
import { version } from "../version.ts";
import { alarm, unsound } from "./alarms.ts";
import { readCheckpoint, writeCheckpoint } from "./checkpoint.ts";
import { methodOf, type RunConfig } from "./config.ts";
import { makeFolder, removeEmpty, writeAtomically } from "./files.ts";
import { checkUnheld, lockRun } from "./lock.ts";
import { openMetrics } from "./metrics.ts";
import { createMonitor, type Monitor, type MonitorOptions } from "./monitor.ts";
import { goesOn, type Provenance } from "./resume.ts";
import { shardsOf } from "./shards.ts";
import { openEvents } from "./tfevents.ts";
import { type Metrics, openTraining, type Training } from "./training.ts";

/** Steps between two looks at the device's metrics. */
const REPORT_EVERY = 10;

export interface PretrainOptions {
  config: RunConfig;
  images: DataSet;
  backend: Backend;
  /** The run's folder. */
  out: string;
  /** Go on from the latest checkpoint in `out`, if there is one. */
  resume?: boolean;
  /** The config's method, where it is none of the package's. */
  method?: Method;
  /** Labelled images whose kNN accuracy each epoch's last line of metrics has as `knn`. */
  monitor?: MonitorOptions;
  /** Whether to stop where the loss or the state is no number any more, or embeddings have collapsed. */
  alarms?: boolean;
  /**
   * Once it is aborted, the step under way is finished and saved, and the promise resolves: `step < steps` tells. Resumed,
   * the run ends with the same bits, also from inside an epoch, if its method keeps what `Method.sampler` says.
   */
  signal?: AbortSignal;
  /** Whether to write the metrics for TensorBoard too. */
  tfevents?: boolean;
  /** Before the first step. */
  onStart?(training: Training): void;
  onStep?(training: Training, latest?: Metrics): void;
}

/**
 * Throws what can be told of a run before its images are there: that its config forbids its shards or groups, that another
 * process runs in its folder, that this holds a run already, or one that differs.
 */
export async function checkRun({
  config,
  out,
  resume = false,
  method,
}: Pick<PretrainOptions, "config" | "out" | "resume" | "method">): Promise<void> {
  shardsOf(config, methodOf(config, method).method);
  await checkUnheld(out);
  await goesOn(out, { config }, resume);
}

/**
 * Trains to the end of the config's epochs, with a checkpoint after each:
 *
 *     <out>/config.json, metrics.jsonl, events.out.tfevents.*, checkpoints/, and lock-* while it lasts
 *
 * Resumed, it ends with the same bits as if it had never stopped. A run that saved nothing is begun anew. Throws
 * where `out` holds a checkpoint and `resume` is not asked for, where another process runs there, where the config, the
 * images or the backend's arithmetic differ from the run's, and where an alarm is raised: the last checkpoint is then from
 * before.
 */
export async function pretrain(options: PretrainOptions): Promise<Training> {
  const made = await makeFolder("pretrain", options.out);
  try {
    const release = await lockRun(options.out);
    try {
      return await run(options);
    } finally {
      await release();
    }
  } catch (error) {
    await removeEmpty(made); // where nothing was written
    throw error;
  }
}

/** A run in a folder that is this process's. */
async function run(options: PretrainOptions): Promise<Training> {
  const { config, images, backend, out, method } = options;
  const provenance: Provenance = {
    config,
    data: { fingerprint: images.fingerprint, images: images.count, resident: "pixels" in images },
    backend: { name: backend.name, ...backend.description },
  };
  const from = (await goesOn(out, provenance, options.resume ?? false))
    ? await readCheckpoint(out)
    : undefined;
  const training = await openTraining(config, images, backend, { from, method });
  try {
    const look = options.monitor && (await createMonitor(backend, training, options.monitor));
    const described = new TextEncoder().encode(`${JSON.stringify(provenance, null, 2)}\n`);
    if (!from) await writeAtomically("pretrain", join(out, "config.json"), [described]);
    await finish(training, look, options);
    return training;
  } catch (error) {
    training.free();
    throw error;
  }
}

/** Steps to the end, or until it is to stop; logs and saves. */
async function finish(
  training: Training,
  look: Monitor | undefined,
  options: PretrainOptions,
): Promise<void> {
  const { config, images, backend, out, signal, alarms = true, tfevents = true, onStart, onStep } = options;
  const metadata = (): Record<string, string> => ({
    config: JSON.stringify(config),
    epoch: String(training.step / training.perEpoch),
    seed: String(config.seed),
    simd: String(backend.description.simd ?? ""),
    backend: backend.name,
    image_size: "pixels" in images ? `${images.height}x${images.width}` : "various",
    version,
  });
  await using metrics = await openMetrics(join(out, "metrics.jsonl"), training.step);
  await using events =
    tfevents && training.step < training.steps ? await openEvents(out, training.step) : undefined;
  onStart?.(training);
  let stops = signal?.aborted ?? false;
  while (training.step < training.steps && !stops) {
    await training.next();
    stops = signal?.aborted ?? false; // looked at once a step, so that what stops is what saves
    const ends = training.step % training.perEpoch === 0;
    const rows = ends || stops || training.step % REPORT_EVERY === 0 ? await training.drain() : [];
    const wrong = alarms ? alarm(rows, training.collapse) : undefined;
    if (ends && !wrong) Object.assign(rows.at(-1)!, await look?.());
    await metrics.append(rows);
    await events?.append(rows);
    stopFor(wrong);
    onStep?.(training, rows.at(-1));
    if (!ends && !stops) continue;
    const tensors = await training.save();
    stopFor(alarms ? unsound(tensors) : undefined);
    await writeCheckpoint(out, { step: training.step, tensors, metadata: metadata() });
  }
}

function stopFor(wrong: string | undefined): void {
  if (wrong) throw new Error(`pretrain: ${wrong}`);
}
