import type { Backend, Precision } from "../backend.ts";
import type { Method } from "../methods/index.ts";
import { type Aggregator, localAggregator } from "./aggregator.ts";
import { type Chosen, methodOf, type RunConfig } from "./config.ts";
import { encoderOf } from "./encoder.ts";
import { optimizerOf } from "./optimizer.ts";
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
  return { step, shards, aggregator: await localAggregator(backend, step.memory, step.vector, shards) };
}

/** What a run's products are computed in: what the config asks for where the backend has it, else f32. */
export const precisionOf = ({ precision }: RunConfig, { precisions }: Backend): Precision =>
  precisions.includes(precision) ? precision : "f32";

/**
 * Equal shards of a batch, computed one after another. Throws where the method forbids them, or normalisation groups do not
 * divide them.
 */
export function shardsOf({ shards, batchSize, norm }: RunConfig, { name, sharding }: Method): number {
  const { group } = norm;
  const refuse = (rule: string): never => {
    throw new RangeError(`pretrain: shards: ${shards}: ${rule}`);
  };
  if (shards === 1 && group && batchSize % group)
    throw new RangeError(
      `pretrain: norm.group: groups of ${group} images do not divide a batch of ${batchSize}; change norm.group, or --batch-size`,
    );
  if (shards === 1) return shards;
  if (sharding === "gathers") refuse(`${name} compares all images of a batch; it takes 1`);
  if (batchSize % shards) refuse(`they must divide the batch, which has ${batchSize} images`);
  if (!group || (batchSize / shards) % group)
    refuse(
      `a shard of ${batchSize / shards} images must hold whole normalisation groups, which have ${group ?? batchSize}; ` +
        "set norm.group to a divisor of the shard, or shards to 1 and norm.group to null",
    );
  return shards;
}
