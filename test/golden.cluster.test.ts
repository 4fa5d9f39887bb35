/** k-means and principal components of features as scikit-learn and numpy compute them (golden/cluster.py). */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Backend } from "../core/backend.ts";
import { kmeans, pca, project, type Rows } from "../core/cluster/index.ts";
import { backends } from "./backends.ts";
import { golden } from "./golden.ts";

const cluster = golden("cluster");
const [count, dimension] = cluster.shape("features");
const [, dimensions] = cluster.shape("whitened");
const rows: Rows = { values: cluster.f32("features") as Float32Array<ArrayBuffer>, count, dimension };

for (const [name, open] of Object.entries(backends))
  describe(`on ${name}`, () => {
    let backend: Backend;
    beforeAll(async () => {
      backend = await open();
    });
    afterAll(() => backend?.close());

    test("k-means ends within 1 % of scikit-learn's inertia from the same centroids, no cluster empty", async () => {
      const chosen = Array.from(cluster.values("start"), (n) => n * dimension);
      const start = Float32Array.from(chosen.flatMap((at) => [...rows.values.subarray(at, at + dimension)]));
      const { inertia, counts } = await kmeans(backend, rows, { k: chosen.length, start });
      expect(Math.abs(inertia / cluster.values("inertia")[0] - 1)).toBeLessThan(0.01);
      expect(Math.min(...counts)).toBeGreaterThan(0);
    });

    test("variances are numpy's to 1e-4, each by itself", async () => {
      const { variances } = await pca(backend, rows, { dimensions: dimension });
      const theirs = cluster.values("variances");
      expect(theirs[0] / theirs[dimension - 1]).toBeGreaterThan(100);
      for (const [i, variance] of variances.entries())
        expect(Math.abs(variance / theirs[i] - 1), `${i}`).toBeLessThan(1e-4);
    });

    test("rows are numpy's, whitened and of unit length", async () => {
      const components = await pca(backend, rows, { dimensions });
      const whitened = await project(backend, rows, components, { whiten: true });
      cluster.expectEqual("whitened", whitened.values);
      const unit = await project(backend, rows, components, { whiten: true, unit: true });
      cluster.expectEqual("unit", unit.values);
    });
  });
