import type { Method } from "../methods/index.ts";
import type { RunConfig } from "./config.ts";
import { ConfigError } from "./configError.ts";

/**
 * Equal shards of a batch, computed one after another. Throws ConfigError, with settings that would do, where the method
 * forbids them, or normalisation groups do not divide them.
 */
export function shardsOf(
  config: Pick<RunConfig, "shards" | "batchSize" | "norm">,
  { name, sharding }: Pick<Method, "name" | "sharding">,
): number {
  const { shards, batchSize, norm } = config;
  const { group = batchSize } = norm;
  const share = batchSize / shards;
  const refuse = (key: string, rule: string): never => {
    throw new ConfigError(`config: ${key}: ${rule}`);
  };
  if (shards > 1 && sharding === "gathers")
    refuse("shards", `${shards}: ${name} compares all images of a batch; it takes 1: --set shards=1`);
  if (!Number.isInteger(share))
    refuse("shards", `${shards} do not divide a batch of ${batchSize} images; take ${fitting(config)}`);
  if (share % group === 0) return shards;
  if (shards === 1)
    refuse(
      "norm.group",
      `groups of ${group} images do not divide a batch of ${batchSize}; take ${fitting(config)}`,
    );
  return refuse(
    "shards",
    `a shard of ${share} images must hold whole normalisation groups, which have ${group}; take ${fitting(config)}, ` +
      "or --set shards=1 --set norm.group=null",
  );
}

/** The settings next to those that were asked for which go together, as the command line takes them. */
function fitting({ shards, batchSize, norm }: Pick<RunConfig, "shards" | "batchSize" | "norm">): string {
  let fewer = shards;
  while (batchSize % fewer) fewer--; // ends at 1
  const share = batchSize / fewer;
  const { group = batchSize } = norm;
  const words = fewer === shards ? [] : [`--set shards=${fewer}`];
  if (share % group)
    words.push(`--set norm.group=${fewer === 1 && group > share ? null : dividing(share, group)}`);
  return words.join(" ");
}

/** The largest part of a whole that divides it, of 2 and at most so many; where there is none, the whole. */
function dividing(whole: number, most: number): number {
  for (let part = Math.min(most, whole); part > 1; part--) if (whole % part === 0) return part;
  return whole;
}
