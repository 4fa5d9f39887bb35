import { expect, it } from "vitest";
import { relabel } from "../../../core/cluster/index.ts";
import { input, type Tensor, type Values } from "../../../core/tensor.ts";
import { onEachBackend } from "../../golden.ts";
import { uniform } from "../../numbers.ts";

onEachBackend((compute) => {
  async function relabelled(rows: number[][], centroids: number[][], own: number[]) {
    const [x, c] = [rows, centroids].map((each) => input([each.length, each[0].length]));
    const before = input([own.length], "u32");
    const { labels, changed } = relabel(x, c, before);
    const given = new Map<Tensor, Values>([
      [x, Float32Array.from(rows.flat())],
      [c, Float32Array.from(centroids.flat())],
      [before, Uint32Array.from(own)],
    ]);
    const [found, share] = await compute([labels, changed], given);
    return { labels: [...found], changed: share[0] };
  }

  it("gives the largest product's label, and the share of labels that are others", async () => {
    const next = uniform("relabel");
    const draw = (count: number) => Array.from({ length: count }, () => Array.from({ length: 6 }, next));
    const [rows, centroids] = [draw(40), draw(7)];
    const own = rows.map((_, n) => n % 7);
    const expected = rows.map((row) => {
      const products = centroids.map((c) => c.reduce((sum, value, d) => sum + value * row[d], 0));
      return products.indexOf(Math.max(...products));
    });
    const found = await relabelled(rows, centroids, own);
    expect(found.labels).toEqual(expected);
    expect(found.changed).toBeCloseTo(expected.filter((label, n) => label !== own[n]).length / 40, 6);
  });

  it("gives the first of equal ones, which is no change from another of them", async () => {
    const centroids = [
      [0, 1],
      [1, 0],
      [1, 0],
    ];
    const rows = [
      [1, 0],
      [0.5, 0],
    ];
    expect(await relabelled(rows, centroids, [2, 0])).toEqual({ labels: [1, 1], changed: 0.5 });
  });
});
