import { bucketsOf } from "./buckets.ts";

const BARS = "▁▂▃▄▅▆▇█";

/** Numbers in their order as a line of bars, from the lowest to the highest; neighbours share one. */
export function sparkline(values: readonly (number | null)[], width = 40): string {
  const points = values.flatMap((y, x) => (y === null ? [] : [{ x, y }]));
  if (!points.length) return "-";
  const means = bucketsOf(points, width).map(({ mean }) => mean);
  const [low, high] = [Math.min(...means), Math.max(...means)];
  const bar = (value: number) => BARS[Math.min(7, Math.floor((8 * (value - low)) / (high - low || 1)))];
  return means.map(bar).join("");
}
