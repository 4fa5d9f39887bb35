/** The pictures that commands write. */
import { describe, expect, test } from "vitest";
import { scatter } from "../../cli/pictures/scatter.ts";
import { viewGrid } from "../../cli/pictures/viewGrid.ts";

describe("the grid of views", () => {
  /** Pictures of one colour each: [1, 2, 3] of the first is the first's. */
  const plain = (side: number, levels: number[]) => ({
    pixels: Uint8Array.from(levels.flatMap((level) => Array(side * side * 3).fill(level))),
    ...{ height: side, width: side },
  });
  const grid = viewGrid({
    index: Uint32Array.of(7, 3),
    originals: plain(32, [10, 20]),
    views: [plain(32, [30, 40]), plain(16, [50, 60])],
  });
  const at = (y: number, x: number) => grid.pixels[(y * grid.width + x) * 3];

  test("has a row an image, the original apart from its views, enlarged threefold from 32 pixels", () => {
    expect([grid.height, grid.width]).toEqual([12 + 96 + 4 + 96 + 12, 12 + 96 + 16 + 96 + 4 + 96 + 12]);
    expect([at(12, 12), at(107, 107), at(112, 12)]).toEqual([10, 10, 20]);
    expect([at(12, 124), at(112, 124)]).toEqual([30, 40]);
    expect([at(0, 0), at(50, 108), at(50, 123), at(110, 20)]).toEqual([255, 255, 255, 255]);
  });

  test("has smaller views in the middle of their cells", () => {
    expect([at(12, 224), at(12 + 23, 224 + 24), at(12 + 24, 224 + 24), at(12 + 71, 224 + 71)]).toEqual([
      255, 255, 50, 50,
    ]);
    expect(at(12 + 72, 224 + 72)).toBe(255);
  });

  test("leaves large images at their size", () => {
    const { height, width } = viewGrid({ index: Uint32Array.of(0), originals: plain(224, [1]), views: [] });
    expect([height, width]).toEqual([248, 248]);
  });
});

describe("the map", () => {
  const points = Float64Array.of(-1, -3, 1, 3, 0, 0);
  const svg = scatter(
    "Cats & <dogs>",
    "below",
    ["cat", "dog"],
    [
      { title: "before", points, labels: [0, 1, 1] },
      { title: "after", points, labels: [1, 0, 0] },
    ],
  );
  const dots = [...svg.matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)" r="3.6" fill="(#\w+)"\/>/g)].map(
    ([, x, y, fill]) => [Number(x), Number(y), fill] as const,
  );

  test("has a dot a point, coloured as the legend has its class", () => {
    expect(dots).toHaveLength(6);
    const legend = [...svg.matchAll(/r="6" fill="(#\w+)"\/>\n<text [^>]*>(\w+)</g)].map(([, fill, name]) => [
      name,
      fill,
    ]);
    expect(legend.map(([name]) => name)).toEqual(["cat", "dog"]);
    const [cat, dog] = legend.map(([, fill]) => fill);
    expect(dots.map(([, , fill]) => fill)).toEqual([cat, dog, dog, dog, cat, cat]);
  });

  test("fits a panel to its points, at one scale along both axes", () => {
    const [[x0, y0], [x1, y1], [x2, y2]] = dots;
    expect([y1 - y0, x1 - x0]).toEqual([444, 148]);
    expect([x2, y2]).toEqual([(x0 + x1) / 2, (y0 + y1) / 2]);
    expect(dots[3][0] - x0).toBe(504);
  });

  test("is well-formed where names hold what XML means", () => {
    expect(svg).toContain(">Cats &#38; &#60;dogs&#62;</text>");
    expect(svg).not.toMatch(/<dogs|& /);
  });
});
