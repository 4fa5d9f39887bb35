/** The picture of what a recipe shows. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { pngHeader } from "../../core/data/png.ts";
import { recipeNames } from "../../core/train/recipe.ts";
import { slopes } from "../core/data/images.ts";
import { sslEdge } from "./command.ts";
import { archive } from "./tinyRun.ts";

const folder = mkdtempSync(join(tmpdir(), "ssl-edge-views-"));
afterAll(() => rmSync(folder, { recursive: true }));
let data: string;
beforeAll(async () => {
  const drawings = Object.fromEntries(Array.from({ length: 5 }, (_, i) => [`${i}.png`, slopes(32, 32, i)]));
  data = await archive(folder, "images.tar", drawings);
});

test("views: a grid of so many images and views, in a folder that is made", async () => {
  const out = join(folder, "pictures/grid.png");
  const { code, stderr } = await sslEdge([
    ...["views", "simclr-cifar10", "--data", data, "--out", out, "--backend", "as"],
    ...["--images", "3", "--views", "4"],
  ]);
  expect(code, stderr).toBe(0);
  const { width, height } = pngHeader(readFileSync(out));
  expect([width, height]).toEqual([12 + 96 + 16 + 4 * 100 - 4 + 12, 12 + 3 * 100 - 4 + 12]);
  expect(stderr).toContain(`wrote ${out}, ${width} x ${height} pixels\n`);
});

test("views: every recipe for CIFAR-10 can be looked at", async () => {
  for (const recipe of recipeNames().filter((name) => name.endsWith("-cifar10"))) {
    const out = join(folder, `${recipe}.png`);
    const { code, stderr } = await sslEdge([
      ...["views", recipe, "--data", data, "--out", out, "--backend", "as", "--images", "2", "--views", "4"],
    ]);
    expect(code, `${recipe}: ${stderr}`).toBe(0);
    expect(pngHeader(readFileSync(out)).height).toBeGreaterThan(2 * 90);
  }
});

test("views: another ending is refused before anything is read", async () => {
  const out = join(folder, "grid.jpg");
  const { code, stderr } = await sslEdge(["views", "simclr-cifar10", "--data", "nowhere", "--out", out]);
  expect(code).toBe(2);
  expect(stderr).toBe(`ssl-edge: views: the file must end in .png; got ${out}\n`);
  expect(existsSync(out)).toBe(false);
});
