import type { Backend, Precision } from "../backend.ts";
import { freeing } from "../freeing.ts";
import { type Aggregator, localAggregator } from "./aggregator.ts";
import { type Chosen, methodOf, type RunConfig } from "./config.ts";
import { encoderOf } from "./encoder.ts";
import { optimizerOf } from "./optimizer.ts";
import { shardsOf } from "./shards.ts";
import { type Shown, viewExtents } from "./shown.ts";
import { compileStep, type Step } from "./step.ts";

/** All programs of a run: a shard's step, and what adds shards up. Throws where the config forbids its shards. */
export async function compileRun(
  config: RunConfig,
  images: Shown,
  backend: Backend,
  { method, settings }: Chosen = methodOf(config),
): Promise<{ step: Step; aggregator: Aggregator; shards: number }> {
  const shards = shardsOf(config, method);
  const step = await compileStep(
    backend,
    optimizerOf(config),
    {
      ...{ method, settings, images, shards },
      ...{ views: config.views, normalize: config.normalize },
      encoder: () => encoderOf(config, viewExtents(config.views[0], images)),
      batch: config.batchSize / shards,
      group: config.norm.group,
    },
    precisionOf(config, backend),
  );
  const { memory, vector, gradient, update } = step;
  const aggregator = await localAggregator(backend, memory, vector, shards).catch(
    freeing(gradient, update, memory),
  );
  return { step, shards, aggregator };
}

/** What a run's products are computed in: what the config asks for where the backend has it, else f32. */
export const precisionOf = ({ precision }: RunConfig, { precisions }: Backend): Precision =>
  precisions.includes(precision) ? precision : "f32";
