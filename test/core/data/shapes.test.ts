/** The images that quickstart draws. */
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { outlines, REACH } from "../../../core/data/shapes/outlines.ts";
import { drawTexture } from "../../../core/data/shapes/textures.ts";
import { shapes } from "../../../core/data/shapes.ts";
import { stream } from "../../../core/random.ts";

const BYTES = 32 * 32 * 3;
const imagesOf = ({ names, pixels }: ReturnType<typeof shapes>): Map<string, Uint8Array> =>
  new Map(names.map((name, i) => [name, pixels.subarray(i * BYTES, (i + 1) * BYTES)]));
const digestOf = (pixels: Uint8Array) => createHash("sha256").update(pixels).digest("hex").slice(0, 16);

describe("a set", () => {
  const set = shapes({ count: 80, first: 16, seed: 3 });

  test("has names in order, each class as often, and labels that are the names' folders", () => {
    expect(set.names).toEqual(set.names.toSorted());
    expect(set.classes).toEqual(set.classes.toSorted());
    expect(set.names.map((name) => name.split("/")[0])).toEqual(
      Array.from(set.labels!, (label) => set.classes[label]),
    );
    for (let label = 0; label < 8; label++)
      expect(set.labels!.filter((each) => each === label)).toHaveLength(10);
    expect(set.pixels).toHaveLength(80 * BYTES);
  });

  test("shares its images with every set that covers the same numbers, and no others", () => {
    const own = imagesOf(set);
    for (const [name, pixels] of imagesOf(shapes({ count: 24, first: 90, seed: 3 })))
      if (own.has(name)) expect(pixels).toEqual(own.get(name));
      else expect(Number(name.slice(-10, -4))).toBeGreaterThanOrEqual(96);
  });

  test("has no two equal images, and another seed has others", () => {
    const digests = [
      ...imagesOf(set).values(),
      ...imagesOf(shapes({ count: 80, first: 16, seed: 4 })).values(),
    ];
    expect(new Set(digests.map(digestOf)).size).toBe(160);
  });

  test("is told apart by its fingerprint", () => {
    const prints = [{ seed: 3 }, { seed: 4 }, { first: 8 }, { count: 16 }].map(
      (given) => shapes({ count: 8, ...given }).fingerprint,
    );
    expect(new Set(prints).size).toBe(4);
    expect(shapes({ count: 8, seed: 3 }).fingerprint).toBe(prints[0]);
  });
});

test("images are the same bits everywhere, for as long as runs are to be repeated", () => {
  // FNV-1a over all pixels: this code's own values, of Node 24 on x64
  expect(shapes({ count: 8 }).fingerprint).toBe("shapes 0 to 7 of seed 0: 47280adf");
  expect(shapes({ count: 800, first: 4096 }).fingerprint).toBe("shapes 4096 to 4895 of seed 0: 13781cbe");
});

test("a shape is lighter than what lies around it, in grey too", () => {
  const { pixels } = shapes({ count: 64 });
  const gray = (at: number) => 0.2989 * pixels[at] + 0.587 * pixels[at + 1] + 0.114 * pixels[at + 2];
  for (let i = 0; i < 64; i++) {
    const levels = Array.from({ length: 1024 }, (_, p) => gray(i * BYTES + 3 * p)).sort((a, b) => a - b);
    // A twentieth of the image at least is shape, half at least is background; textures and the slope take from 0.3.
    expect(levels[1000] - levels[400]).toBeGreaterThan(0.15 * 255);
  }
});

describe("outlines", () => {
  /** Points of a fine grid that lie inside. */
  const STEP = 0.02;
  const inside = (name: string): [number, number][] => {
    const points: [number, number][] = [];
    for (let u = -1.5 + STEP / 2; u < 1.5; u += STEP)
      for (let v = -1.5 + STEP / 2; v < 1.5; v += STEP) if (outlines[name](u, v)) points.push([u, v]);
    return points;
  };

  test.each(Object.keys(outlines))("%s lies within its reach, and covers a good part of it", (name) => {
    const points = inside(name);
    expect(Math.max(...points.map(([u, v]) => Math.hypot(u, v)))).toBeLessThan(REACH);
    expect(points.length * STEP * STEP).toBeGreaterThan(0.9); // of a square of 4
    expect(points.length * STEP * STEP).toBeLessThan(2.4);
  });

  test.each([
    ["disc", 0.7 * Math.PI],
    ["ring", 0.6 * Math.PI],
    ["square", 1.48 ** 2],
    ["bars", 2 * 1.7 * 0.48],
    ["cross", 2 * 1.9 * 0.56 - 0.56 ** 2],
    ["triangle", 0.75 * Math.sqrt(3) * 1.1 ** 2], // equilateral, of circumradius 1.1
    ["star", 5 * 1.1 ** 2 * 0.381966 * Math.sin(Math.PI / 5)], // ten triangles: centre, tip, inner corner
  ])("%s has the area of its figure", (name, area) => {
    expect(Math.abs(inside(name).length * STEP * STEP - area)).toBeLessThan(0.03); // a grid's error along the edge
  });
});

test("textures stay within -1 and 1", () => {
  for (let i = 0; i < 40; i++) {
    const texture = drawTexture(stream(1, "textures", i));
    for (let y = 0; y < 32; y++)
      for (let x = 0; x < 32; x++) expect(Math.abs(texture(x, y))).toBeLessThanOrEqual(1);
  }
});
