import type { Stream } from "../random.ts";
import { bytesOf, part, type Tensor, type Values } from "../tensor.ts";
import { countsOf, rebalance, recentre } from "./rebalance.ts";

/** Clusters of rows that change from step to step: [N, D], u32 [N], [k, D]. */
export interface ClusterMemory {
  readonly rows: Tensor;
  readonly labels: Tensor;
  readonly centroids: Tensor;
}

/** Bytes that a device gives in the time that it takes to answer at all: fewer rows are read one by one. */
const ROUND_TRIP = 2 ** 18;

/**
 * Clusters kept in order on the host: centroids become means where `recentres` says so, those of fewer than `least` rows
 * dissolve, and the largest are split in their favour (`rebalance`). Resolves to how many rows each has.
 */
export async function maintain(
  { rows, ...memory }: ClusterMemory,
  { k, least, recentres, random }: { k: number; least: number; recentres: boolean; random: Stream },
  { read, write }: { read(x: Tensor): Promise<Values>; write(x: Tensor, values: Values): void },
): Promise<Uint32Array> {
  const [count, dimension] = rows.shape;
  const labels = (await read(memory.labels)) as Uint32Array;
  const counts = countsOf(labels, k);
  if (!recentres && counts.every((count) => count >= least)) return counts;
  const centroids = (await read(memory.centroids)) as Float32Array;
  let whole: Float32Array<ArrayBuffer> | undefined;
  const all = async () => {
    whole ??= (await read(rows)) as Float32Array<ArrayBuffer>;
    return whole;
  };
  if (recentres) recentre({ labels, centroids }, { values: await all(), count, dimension }, k);

  async function rowsOf(members: readonly number[]) {
    if (bytesOf(rows) < members.length * ROUND_TRIP) await all();
    const rowOf = async (n: number) =>
      whole?.subarray(n * dimension, (n + 1) * dimension) ??
      (await read(part(rows, n * dimension, [dimension])));
    const values = new Float32Array(members.length * dimension);
    for (const [i, n] of members.entries()) values.set(await rowOf(n), i * dimension);
    return { values, count: members.length, dimension };
  }
  const moved = await rebalance({ labels, centroids }, { k, least, random, rowsOf });
  if (moved) write(memory.labels, labels);
  if (moved || recentres) write(memory.centroids, centroids);
  return moved ? countsOf(labels, k) : counts;
}

/** (count + 1e-5)^-1/2 of each cluster, over their sum: what a loss counts for. */
export function weightsOf(counts: Uint32Array): Float32Array<ArrayBuffer> {
  const raw = Float64Array.from(counts, (count) => 1 / Math.sqrt(count + 1e-5));
  const total = raw.reduce((sum, w) => sum + w, 0);
  return Float32Array.from(raw, (w) => w / total);
}
