/** What keeping clusters in order on the host takes from the device, and gives back. */
import { describe, expect, test } from "vitest";
import { maintain } from "../../../core/cluster/maintain.ts";
import { stream } from "../../../core/random.ts";
import { size } from "../../../core/shape.ts";
import { state, type Tensor, type Values } from "../../../core/tensor.ts";

const [N, D, k] = [12, 2, 3];
const memory = { rows: state([N, D]), labels: state([N], undefined, "u32"), centroids: state([k, D]) };
/** Three rows each of two clusters far apart, six of a third. */
const rows = Float32Array.from({ length: N * D }, (_, at) => (at % D) + [0, 10, 20, 20][Math.floor(at / 6)]);

/** A device that lists what is read, in elements, and what is written. */
function device(labels: number[]) {
  const held = new Map<Tensor, Values>([
    [memory.rows, rows],
    [memory.labels, Uint32Array.from(labels)],
    [memory.centroids, new Float32Array(k * D)],
  ]);
  const [reads, writes]: [number[], Tensor[]] = [[], []];
  return {
    ...{ reads, writes, held },
    async read(x: Tensor): Promise<Values> {
      reads.push(size(x.shape));
      return held.get(x)!.slice();
    },
    write(x: Tensor, values: Values) {
      writes.push(x);
      held.set(x, values);
    },
  };
}

const own = [0, 0, 0, 1, 1, 1, 2, 2, 2, 2, 2, 2];
const about = { k, least: 2, random: stream(1, "maintain") };

describe("maintain", () => {
  test("reads labels alone where no cluster is small, and writes nothing", async () => {
    const { reads, writes, ...host } = device(own);
    expect([...(await maintain(memory, { ...about, recentres: false }, host))]).toEqual([3, 3, 6]);
    expect(reads).toEqual([N]);
    expect(writes).toEqual([]);
  });

  test("makes centroids the means of their rows where it is told to", async () => {
    const { held, writes, ...host } = device(own);
    await maintain(memory, { ...about, recentres: true }, host);
    expect(held.get(memory.centroids)).toEqual(Float32Array.of(0, 1, 10, 11, 20, 21));
    expect(writes).toEqual([memory.centroids]);
  });

  test("dissolves a small cluster and splits the largest for it", async () => {
    const { held, writes, ...host } = device([0, 0, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2]);
    const counts = await maintain(memory, { ...about, recentres: false }, host);
    expect([...counts].sort()).toEqual([3, 3, 6]);
    const labels = [...held.get(memory.labels)!];
    for (const cluster of [labels.slice(0, 3), labels.slice(3, 6), labels.slice(6)])
      expect(new Set(cluster).size).toBe(1);
    expect(new Set(labels).size).toBe(k);
    expect(writes).toEqual([memory.labels, memory.centroids]);
  });
});
