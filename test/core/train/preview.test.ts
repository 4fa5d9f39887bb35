/** The pictures of what an encoder is shown. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Backend } from "../../../core/backend.ts";
import { loadImages } from "../../../core/data/sources/load.ts";
import { columnsOf, drawViews } from "../../../core/data/views.ts";
import { crop, sobel } from "../../../core/ops/index.ts";
import { resolveConfig } from "../../../core/train/config.ts";
import { previewViews } from "../../../core/train/preview.ts";
import { openBackend } from "../../../core-as/node.ts";
import { pngOf, rgb, slopes } from "../data/images.ts";
import { plain, stripes, tiny } from "./runs.ts";

let backend: Backend;
beforeAll(async () => {
  backend = await openBackend({ threads: 1 });
});
afterAll(() => backend.close());

const images = stripes(64, 16);
const BYTES = 16 * 16 * 3;

test("originals are the data set's own images, in the order in which the first epoch shows them", async () => {
  const { index, originals } = await previewViews(backend, tiny(), images, { count: 5 });
  expect(new Set(index).size).toBe(5);
  for (const [row, n] of index.entries())
    expect(originals.pixels.subarray(row * BYTES, (row + 1) * BYTES)).toEqual(
      images.pixels.subarray(n * BYTES, (n + 1) * BYTES),
    );
  const more = await previewViews(backend, tiny(), images, { count: 9 });
  expect(more.index.subarray(0, 5)).toEqual(index);
  expect(more.views[1].pixels.subarray(0, 5 * BYTES)).toEqual(
    (await previewViews(backend, tiny(), images, { count: 5 })).views[1].pixels,
  );
});

test("a view that changes nothing is its original", async () => {
  const { originals, views } = await previewViews(backend, tiny({ ...plain }), images, { perImage: 3 });
  expect(views).toHaveLength(3);
  for (const view of views) expect(view).toEqual(originals);
});

test("views are cut by the draws of the first epoch's first positions", async () => {
  const config = tiny({ "views.0.steps": [] });
  const { index, views } = await previewViews(backend, config, images, { count: 4 });
  const rows = columnsOf(config.views[0]).map((columns) => new Float32Array(4 * columns));
  for (const [view, { pixels }] of views.entries()) {
    drawViews(rows, config.views[0], { seed: config.seed, epoch: 0, first: 0, count: 4, view }, () => images);
    const y = new Float64Array(4 * BYTES);
    const fields = { N: 4, H: 16, W: 16, height: 16, width: 16 };
    const inputs = [images.pixels, index, rows[0]].map((values) => Float64Array.from(values));
    crop.definition.reference(inputs, y, fields);
    for (const [at, level] of pixels.entries()) expect(Math.abs(level - 255 * y[at])).toBeLessThan(0.501); // rounded to a byte; f32 beside f64
  }
});

test("a method that makes several pictures of a view has them all shown: rotation its four turns", async () => {
  const config = resolveConfig({ ...plain, ...tiny(), method: { name: "rotation" }, views: [{}] });
  const { originals, views } = await previewViews(backend, config, images, { count: 3, perImage: 5 });
  expect(views).toHaveLength(8); // of two views, which reach for five
  expect(views[0]).toEqual(originals);
  const at = (n: number, i: number, j: number) => 3 * ((n * 16 + i) * 16 + j);
  for (const n of [0, 2])
    for (const [i, j] of [
      [0, 0],
      [3, 11],
      [15, 8],
    ]) {
      expect(views[1].pixels[at(n, i, j)]).toBe(originals.pixels[at(n, j, 15 - i)]); // counter-clockwise
      expect(views[2].pixels[at(n, i, j)]).toBe(originals.pixels[at(n, 15 - i, 15 - j)]);
      expect(views[5].pixels[at(n, i, j)]).toBe(originals.pixels[at(n, j, 15 - i)]);
    }
});

test("where the encoder sees Sobel's filters, a view is the length of their answers, gray, the largest white", async () => {
  const normalize = { mean: [0.5, 0.4, 0.3], std: [0.2, 0.3, 0.1] };
  const config = tiny({ ...plain, normalize, "encoder.sobel": true });
  const { originals, views } = await previewViews(backend, config, images, { count: 3, perImage: 2 });
  const x = Float64Array.from(
    originals.pixels,
    (level, at) => (level / 255 - normalize.mean[at % 3]) / normalize.std[at % 3],
  );
  const y = new Float64Array(2 * 3 * 256);
  sobel.definition.reference([x], y, { N: 3, H: 16, W: 16 });
  const lengths = Float64Array.from({ length: 3 * 256 }, (_, i) => Math.hypot(y[2 * i], y[2 * i + 1]));
  for (const { pixels, height, width } of views) {
    expect([height, width, pixels.length]).toEqual([16, 16, 3 * BYTES]);
    for (let n = 0; n < 3; n++) {
      const most = Math.max(...lengths.subarray(n * 256, (n + 1) * 256));
      for (let at = n * BYTES; at < (n + 1) * BYTES; at++)
        expect(Math.abs(pixels[at] - (255 * lengths[Math.floor(at / 3)]) / most)).toBeLessThan(0.501); // as above
    }
  }
});

test("edges of an image of one colour normalised to 0 are black", async () => {
  const black = { ...images, pixels: new Uint8Array(images.pixels.length) };
  const { views } = await previewViews(backend, tiny({ ...plain, "encoder.sobel": true }), black, {
    count: 2,
  });
  for (const { pixels } of views) expect(pixels.every((level) => level === 0)).toBe(true);
});

test("views differ from one another, and are drawn by the seed", async () => {
  const of = async (seed: number) => (await previewViews(backend, tiny({ seed }), images)).views;
  const [one, two] = await of(6);
  expect(one).not.toEqual(two);
  expect((await of(6))[0]).toEqual(one);
  expect((await of(7))[0]).not.toEqual(one);
});

test("several kinds of views are each shown as often and as large as the recipe has them", async () => {
  const kinds = [
    { repeat: 1, size: 12 },
    { repeat: 1, size: 8, steps: [{ grayscale: { p: 1 } }] },
  ];
  const { views } = await previewViews(backend, tiny({ views: kinds }), images, { perImage: 5 });
  expect(views.map(({ height, width }) => [height, width])).toEqual([
    [12, 12],
    [8, 8],
  ]);
  const gray = views[1].pixels;
  for (let at = 0; at < gray.length; at += 3) expect(new Set(gray.subarray(at, at + 3)).size).toBe(1);
  expect(views[0].pixels.some((level, at) => level !== views[0].pixels[at - (at % 3)])).toBe(true);
});

test("of images that lie in files in several sizes, the square at the centre stands for the original", async () => {
  const folder = mkdtempSync(join(tmpdir(), "ssl-edge-preview-"));
  const drawings = [slopes(10, 6), slopes(8, 8), slopes(6, 12)];
  for (const [i, drawing] of drawings.entries())
    writeFileSync(join(folder, `${i}.png`), await pngOf(drawing));
  const files = await loadImages([folder], { threads: 1 });
  try {
    const config = tiny({ "views.0.size": 8 });
    const { index, originals, views } = await previewViews(backend, config, files, { perImage: 4 });
    expect(new Set(index)).toEqual(new Set([0, 1, 2]));
    const row = index.indexOf(1); // the one that needs no resizing
    expect(originals.pixels.subarray(row * 192, (row + 1) * 192)).toEqual(rgb(drawings[1]));
    expect(views.map(({ height, width, pixels }) => [height, width, pixels.length])).toEqual(
      Array.from({ length: 4 }, () => [8, 8, 3 * 192]),
    );
  } finally {
    if ("cut" in files) await files.close();
    rmSync(folder, { recursive: true });
  }
});
