/** Curves as a picture: where its lines and labels lie. */
import { expect, test } from "vitest";
import { bucketsOf } from "../../../cli/curves/buckets.ts";
import { chart } from "../../../cli/curves/chart.ts";
import { sparkline } from "../../../cli/curves/sparkline.ts";
import { labelOf, ticksBetween } from "../../../cli/curves/ticks.ts";

test.each([
  [0, 100, 6, [0, 20, 40, 60, 80, 100]],
  [0, 479, 8, [0, 100, 200, 300, 400]],
  [0.0801, 0.0885, 6, [0.082, 0.084, 0.086, 0.088]],
  [-3, 4, 6, [-2, 0, 2, 4]],
  [1e-9, 3e-9, 3, [1e-9, 2e-9, 3e-9]],
  [999999.5, 1000000.5, 6, [999999.6, 999999.8, 1000000, 1000000.2, 1000000.4]],
  [5, 5, 6, [5]],
])("ticks from %d to %d, at most %d, are round numbers", (low, high, most, expected) => {
  expect(ticksBetween(low, high, most)).toEqual(expected);
});

test("labels are as people write numbers", () => {
  expect([20000, 0.25, 0, -1.5, 2e-9].map(labelOf)).toEqual(["20,000", "0.25", "0", "-1.5", "2e-9"]);
});

test("many points become means of neighbours, within their extremes, and none is lost", () => {
  const points = Array.from({ length: 1003 }, (_, x) => ({ x, y: x % 7 }));
  const buckets = bucketsOf(points, 10);
  expect(buckets).toHaveLength(10);
  expect(buckets.every(({ low, mean, high }) => low === 0 && high === 6 && mean > 2.9 && mean < 3.1)).toBe(
    true,
  );
  expect(buckets[0].x).toBe(49.5);
  expect(bucketsOf(points.slice(0, 3), 10).map(({ mean }) => mean)).toEqual([0, 1, 2]);
  expect(bucketsOf([], 10)).toEqual([]);
});

const line = (name: string, ...ys: number[]) => ({ name, points: ys.map((y, x) => ({ x, y })) });

test("a curve goes from the field's corner to the other, and each run has a colour of its own", () => {
  const svg = chart([{ title: "loss", series: [line("a", 1, 2, 3), line("b", 3, 1, 1)] }]);
  const [up, down] = [...svg.matchAll(/<polyline [^>]*stroke="(#\w+)"[^>]* points="([^"]+)"/g)];
  expect(up[1]).not.toBe(down[1]);
  const [first, , last] = up[2].split(" ").map((at) => at.split(",").map(Number));
  expect([first[0], last[0]]).toEqual([70, 740]); // left and right, in px
  expect(first[1] - last[1]).toBe(190); // y grows downwards
  for (const label of ["1", "2", "3", "loss", "step", "a", "b"]) expect(svg).toContain(`>${label}</text>`);
});

test("names are text, whatever is in them; a curve without points draws nothing but keeps its colour", () => {
  const svg = chart([{ title: "a < b & c", series: [line("</svg>"), line("b", 5)] }]);
  expect(svg).toContain("a &lt; b &amp; c");
  expect(svg).toContain("&lt;/svg&gt;");
  expect(svg.match(/<polyline/g)).toHaveLength(1);
  expect(svg).not.toMatch(/NaN|Infinity|undefined/);
});

test("a sparkline has the lowest bar for the least and the highest for the most", () => {
  expect(sparkline([1, null, 2, 3])).toBe("▁▅█");
  expect(sparkline([4, 4])).toBe("▁▁");
  expect(sparkline([])).toBe("-");
  expect(sparkline(Array.from({ length: 100 }, (_, i) => i))).toHaveLength(40);
});
