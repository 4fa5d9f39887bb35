/** Points of some classes in the plane. */
export interface Panel {
  title: string;
  /** [count, 2] */
  points: Float64Array;
  /** [count], indices into the classes. */
  labels: ArrayLike<number>;
}

/** Okabe and Ito's, which colour-blind eyes tell apart too; more classes than colours begin again. https://jfly.uni-koeln.de/color */
const COLORS = ["#3d3d3d", "#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7"];

const PANEL = 480; // all in pixels
const MARGIN = 24;
const HEAD = 76;
const TITLE = 34;
const LEGEND = 56;
const RADIUS = 3.6;

/**
 * Panels side by side as an SVG file's text: a dot a point, its class by colour, with a legend. Each panel is scaled to its
 * own points, the same along both axes.
 */
export function scatter(
  heading: string,
  subheading: string,
  classes: readonly string[],
  panels: readonly Panel[],
): string {
  const width = MARGIN + panels.length * (PANEL + MARGIN);
  const height = HEAD + TITLE + PANEL + LEGEND;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif">`,
    `<title>${escaped(heading)}</title>`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    `<text x="${MARGIN}" y="38" font-size="21" font-weight="600" fill="#1f2328">${escaped(heading)}</text>`,
    `<text x="${MARGIN}" y="62" font-size="14" fill="#59636e">${escaped(subheading)}</text>`,
    ...panels.flatMap((panel, i) => drawPanel(panel, MARGIN + i * (PANEL + MARGIN))),
    ...legend(classes, width, HEAD + TITLE + PANEL + LEGEND / 2),
    "</svg>\n",
  ].join("\n");
}

function drawPanel({ title, points, labels }: Panel, left: number): string[] {
  const at = fitted(points);
  const dots = Array.from({ length: points.length / 2 }, (_, i) => {
    const [x, y] = at(i);
    const color = COLORS[labels[i] % COLORS.length];
    return `<circle cx="${(left + x).toFixed(1)}" cy="${(HEAD + TITLE + y).toFixed(1)}" r="${RADIUS}" fill="${color}"/>`;
  });
  return [
    `<text x="${left + 2}" y="${HEAD + TITLE - 12}" font-size="16" fill="#1f2328">${escaped(title)}</text>`,
    `<rect x="${left}" y="${HEAD + TITLE}" width="${PANEL}" height="${PANEL}" rx="8" fill="#f6f8fa" stroke="#d1d9e0"/>`,
    `<g fill-opacity="0.85" stroke="#ffffff" stroke-width="0.7">`,
    ...dots,
    "</g>",
  ];
}

/** Places of the points in a panel, with a border kept free. */
function fitted(points: Float64Array): (i: number) => [x: number, y: number] {
  const border = 18;
  const range = (axis: number) => {
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let i = axis; i < points.length; i += 2)
      [low, high] = [Math.min(low, points[i]), Math.max(high, points[i])];
    return { middle: (low + high) / 2, extent: high - low };
  };
  const [across, down] = [range(0), range(1)];
  const scale = (PANEL - 2 * border) / (Math.max(across.extent, down.extent) || 1);
  return (i) => [
    PANEL / 2 + scale * (points[2 * i] - across.middle),
    PANEL / 2 + scale * (points[2 * i + 1] - down.middle),
  ];
}

function legend(classes: readonly string[], width: number, y: number): string[] {
  const each = (width - 2 * MARGIN) / classes.length;
  return classes.flatMap((name, i) => {
    const x = MARGIN + i * each;
    return [
      `<circle cx="${(x + 8).toFixed(1)}" cy="${y}" r="6" fill="${COLORS[i % COLORS.length]}"/>`,
      `<text x="${(x + 20).toFixed(1)}" y="${y + 5}" font-size="14" fill="#1f2328">${escaped(name)}</text>`,
    ];
  });
}

const escaped = (text: string): string => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
