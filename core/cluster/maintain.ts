import { part, type Tensor, type Values } from "../tensor.ts";
import { countsOf, rebalance, recentre } from "./rebalance.ts";

/** Clusters of rows that change from step to step: [N, D], u32 [N], [k, D]. */
export interface ClusterMemory {
  readonly rows: Tensor;
  readonly labels: Tensor;
  readonly centroids: Tensor;
}

/**
 * Clusters kept in order on the host: centroids become means where `recentres` says so, those of fewer than `least` rows
 * dissolve, and the largest are split in their favour (`rebalance`). Resolves to how many rows each has.
 */
export async function maintain(
  { rows, ...memory }: ClusterMemory,
  { k, least, recentres }: { k: number; least: number; recentres: boolean },
  { read, write }: { read(x: Tensor): Promise<Values>; write(x: Tensor, values: Values): void },
): Promise<Uint32Array> {
  const [count, dimension] = rows.shape;
  const labels = (await read(memory.labels)) as Uint32Array;
  const centroids = (await read(memory.centroids)) as Float32Array;
  if (recentres)
    recentre({ labels, centroids }, { values: Float32Array.from(await read(rows)), count, dimension }, k);

  async function rowsOf(members: Uint32Array) {
    const values = new Float32Array(members.length * dimension);
    for (const [i, n] of members.entries())
      values.set(await read(part(rows, n * dimension, [dimension])), i * dimension);
    return { values, count: members.length, dimension };
  }
  const moved = await rebalance({ labels, centroids }, { k, least, rowsOf });
  if (moved) write(memory.labels, labels);
  if (moved || recentres) write(memory.centroids, centroids);
  return countsOf(labels, k);
}

/** (count + 1e-5)^-1/2 of each cluster, over their sum: what a loss counts for. */
export function weightsOf(counts: Uint32Array): Float32Array<ArrayBuffer> {
  const raw = Float64Array.from(counts, (count) => 1 / Math.sqrt(count + 1e-5));
  const total = raw.reduce((sum, w) => sum + w, 0);
  return Float32Array.from(raw, (w) => w / total);
}
