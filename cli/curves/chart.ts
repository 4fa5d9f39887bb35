/**
 * Curves as an SVG picture: panels over each other, with a common axis of steps and one legend.
 *
 * Many points are drawn as the means of neighbours, within a band of their extremes.
 */
import { bucketsOf, type Point } from "./buckets.ts";
import { labelOf, ticksBetween } from "./ticks.ts";

export interface Series {
  readonly name: string;
  readonly points: readonly Point[];
}

export interface Panel {
  /** What is drawn, and its unit. */
  readonly title: string;
  /** In the legend's order; one without points keeps its colour. */
  readonly series: readonly Series[];
}

// px
const WIDTH = 760;
const HEIGHT = 190; // of a panel's field
const LEFT = 70;
const RIGHT = 20;
const GAP = 56; // above each field, for its title
const LINE = 20; // of the legend

/** Most buckets of a curve. */
const BUCKETS = 160;

/** Okabe and Ito's colours, told apart by the colour-blind, less black and yellow. https://jfly.uni-koeln.de/color/ */
const COLORS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"];
const DASHES = ["", "6 3", "2 3"]; // where there are more curves than colours
const dash = (i: number) => DASHES[Math.floor(i / COLORS.length) % DASHES.length];

/** Where a viewer asks for it, dark; else a white sheet, on whatever it lies. */
const STYLE = `
  text { font: 12px system-ui, sans-serif; fill: #222 }
  .title { font-weight: 600 }
  .sheet { fill: #fff }
  .grid { stroke: #ddd }
  .axis { stroke: #666 }
  @media (prefers-color-scheme: dark) {
    text { fill: #ddd } .sheet { fill: #16181d } .grid { stroke: #33373f } .axis { stroke: #999 }
  }
`;

export function chart(panels: readonly Panel[]): string {
  const names = panels[0]?.series.map(({ name }) => name) ?? [];
  const top = names.length * LINE - 14;
  const bottom = top + panels.length * (HEIGHT + GAP) + 50;
  const all = panels.flatMap(({ series }) => series.flatMap(({ points }) => points));
  const xs = rangeOf(all.map(({ x }) => x));
  const fields = panels.map((panel, i) =>
    field(panel, xs, { top: top + i * (HEIGHT + GAP) + GAP, last: i === panels.length - 1 }),
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${bottom}" viewBox="0 0 ${WIDTH} ${bottom}">`,
    `<style>${STYLE}</style>`,
    `<rect class="sheet" width="${WIDTH}" height="${bottom}"/>`,
    ...names.map(legend),
    ...fields.flat(),
    "</svg>",
    "",
  ].join("\n");
}

function legend(name: string, i: number): string {
  const y = 20 + i * LINE;
  return (
    `<line x1="${LEFT}" y1="${y}" x2="${LEFT + 26}" y2="${y}" ${strokeOf(i)}/>` +
    `<text x="${LEFT + 34}" y="${y + 4}">${escaped(name)}</text>`
  );
}

type Range = readonly [low: number, high: number];

function field({ title, series }: Panel, xs: Range, { top, last }: { top: number; last: boolean }): string[] {
  const ys = rangeOf(series.flatMap(({ points }) => points.map(({ y }) => y)));
  const right = WIDTH - RIGHT;
  const x = scaleOf(xs, [LEFT, right]);
  const y = scaleOf(ys, [top + HEIGHT, top]);
  const yTicks = ticksBetween(...ys).map(
    (tick) =>
      `<line class="grid" x1="${LEFT}" y1="${y(tick)}" x2="${right}" y2="${y(tick)}"/>` +
      `<text x="${LEFT - 8}" y="${y(tick) + 4}" text-anchor="end">${labelOf(tick)}</text>`,
  );
  const xTicks = ticksBetween(...xs, 8).map(
    (tick) =>
      `<line class="axis" x1="${x(tick)}" y1="${top + HEIGHT}" x2="${x(tick)}" y2="${top + HEIGHT + 5}"/>` +
      `<text x="${x(tick)}" y="${top + HEIGHT + 19}" text-anchor="middle">${labelOf(tick)}</text>`,
  );
  return [
    `<text class="title" x="${LEFT}" y="${top - 10}">${escaped(title)}</text>`,
    ...yTicks,
    `<path class="axis" fill="none" d="M${LEFT} ${top}V${top + HEIGHT}H${right}"/>`,
    ...xTicks,
    ...(last ? [`<text x="${right}" y="${top + HEIGHT + 38}" text-anchor="end">step</text>`] : []),
    ...series.flatMap((each, i) => curve(each, i, x, y)),
  ];
}

type Scale = (value: number) => number;

function curve({ points }: Series, i: number, x: Scale, y: Scale): string[] {
  if (!points.length) return [];
  const buckets = bucketsOf(points, BUCKETS);
  const at = buckets.map((each) => `${x(each.x)},${y(each.mean)}`);
  const highs = buckets.map((each) => `${x(each.x)},${y(each.high)}`);
  const lows = buckets.map((each) => `${x(each.x)},${y(each.low)}`).reverse();
  const color = COLORS[i % COLORS.length];
  return [
    ...(buckets.length < points.length
      ? [`<polygon fill="${color}" fill-opacity="0.15" points="${[...highs, ...lows].join(" ")}"/>`]
      : []),
    `<polyline fill="none" ${strokeOf(i)} points="${at.join(" ")}"/>`,
    ...(buckets.length <= 30 // few enough to be seen one by one
      ? buckets.map((each) => `<circle cx="${x(each.x)}" cy="${y(each.mean)}" r="2.5" fill="${color}"/>`)
      : []),
  ];
}

const strokeOf = (i: number): string =>
  `stroke="${COLORS[i % COLORS.length]}" stroke-width="1.8" stroke-linejoin="round"${dash(i) && ` stroke-dasharray="${dash(i)}"`}`;

/** From the lowest to the highest; a little around a single value. */
function rangeOf(values: readonly number[]): Range {
  if (!values.length) return [0, 1];
  const [low, high] = values.reduce(([a, b], v) => [Math.min(a, v), Math.max(b, v)], [values[0], values[0]]);
  const margin = low === high ? Math.abs(low) / 10 || 1 : 0;
  return [low - margin, high + margin];
}

/** px, in tenths. */
const scaleOf =
  ([low, high]: Range, [from, to]: Range): Scale =>
  (value) =>
    Math.round(10 * (from + ((value - low) / (high - low)) * (to - from))) / 10;

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
