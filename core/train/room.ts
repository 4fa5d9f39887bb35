import type { Backend } from "../backend.ts";
import { countingBackend } from "../counting.ts";
import { checkNeeds, type Needs, PlanError, withinOne } from "../program.ts";
import { compileRun } from "./compileRun.ts";
import { type Chosen, methodOf, type RunConfig } from "./config.ts";
import type { Shown } from "./shown.ts";

/**
 * Throws RangeError where a run needs more memory than the backend has, with the bytes and with what would fit: more
 * shards of the batch where the method allows them, else a smaller batch. All are planned for this backend to be known,
 * programs and state as they would be; no memory is taken.
 */
export async function checkRoom(
  config: RunConfig,
  images: Shown,
  backend: Backend,
  chosen: Chosen = methodOf(config),
): Promise<void> {
  const needs = (config: RunConfig) => needsOf(config, images, backend, chosen);
  const refusal = refusalOf(backend, await needs(config));
  if (!refusal) return;
  const { needed, available, limit } = refusal;
  const rounded = [needed[limit], available[limit]].map(inWords);
  const [takes, has] =
    rounded[0] === rounded[1] ? [`${needed[limit]} bytes`, `${available[limit]} bytes`] : rounded;
  throw new RangeError(
    `pretrain: a step on ${config.batchSize} images needs ${takes} of memory${withinOne[limit]}; ` +
      `${backend.name} has ${has}; ${await remedy(config, backend, limit, chosen, needs)}`,
  );
}

/** The first settings that fit, in words. */
async function remedy(
  config: RunConfig,
  backend: Backend,
  limit: keyof Needs,
  { method }: Chosen,
  needsOf: (config: RunConfig) => Promise<Needs>,
): Promise<string> {
  const shards = method.sharding === "gathers" ? [] : moreShards(config);
  for (const { words, ...changes } of [...shards, ...smallerBatches(config)]) {
    const needed = await needsOf({ ...config, ...changes });
    if (!refusalOf(backend, needed)) return `${words} needs ${inWords(needed[limit])}`;
  }
  return "no smaller batch fits; take a smaller encoder, smaller views, fewer images, or a smaller queue";
}

/** Further halvings of the shards, with the normalisation group that they demand where the config has none that fits. */
function* moreShards(config: RunConfig): Generator<Partial<RunConfig> & { words: string }> {
  const { batchSize, norm } = config;
  for (let shards = 2 * config.shards; batchSize % shards === 0; shards *= 2) {
    const images = batchSize / shards;
    const fits = norm.group && images % norm.group === 0;
    const group = fits ? norm.group : images;
    const words = `--set shards=${shards}${fits ? "" : ` --set norm.group=${group}`}`;
    yield { shards, norm: { ...norm, group }, words };
  }
}

/** Halvings of the batch, as far as shards and groups stay whole. */
function* smallerBatches({
  batchSize,
  shards,
  norm: { group = 1 },
}: RunConfig): Generator<Partial<RunConfig> & { words: string }> {
  const whole = shards * group;
  const half = (images: number) => Math.floor(images / 2 / whole) * whole;
  for (let images = half(batchSize); images; images = half(images))
    yield { batchSize: images, words: `--batch-size ${images}` };
}

function refusalOf(backend: Backend, needed: Needs): PlanError | undefined {
  try {
    checkNeeds(backend, needed);
    return undefined;
  } catch (error) {
    if (error instanceof PlanError) return error;
    throw error;
  }
}

/** What a run would hold on a backend, by planning it there. */
async function needsOf(config: RunConfig, images: Shown, backend: Backend, chosen: Chosen): Promise<Needs> {
  const counting = countingBackend(backend);
  const { step } = await compileRun(config, images, counting.backend, chosen);
  const programs = [step.gradient, step.update];
  const arenas = new Set(programs.flatMap((program) => program.arenas));
  const held = counting.held();
  const leaves = held.filter((storage) => !arenas.has(storage)); // each bound to kernels as one tensor
  return {
    total: counting.backend.usage().bytes,
    storage: Math.max(...held.map(({ bytes }) => bytes)),
    tensor: Math.max(...programs.map(({ memory }) => memory.largest), ...leaves.map(({ bytes }) => bytes)),
  };
}

const inWords = (bytes: number): string =>
  bytes < 1e9 ? `${(bytes / 1e6).toFixed(0)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
