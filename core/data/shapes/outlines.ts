/** Whether the point (u, v) lies inside of a shape about the origin; v points down. */
type Outline = (u: number, v: number) => boolean;

/** No point of a shape is farther from the origin. */
export const REACH = 1.15;

const radius2 = (u: number, v: number) => u * u + v * v;

/** Distance of a pentagram's five lines from its centre, and the directions in which they lie; circumradius 1. */
const STAR = 0.30901699437494745; // cos(2 pi / 5)
const RAYS = [
  [0, 1],
  [0.9510565162951535, 0.30901699437494745],
  [0.5877852522924731, -0.8090169943749475],
  [-0.5877852522924731, -0.8090169943749475],
  [-0.9510565162951535, 0.30901699437494745],
];

/** The classes, by name in sorted order. No turn and no mirror makes one of them another. */
export const outlines: Readonly<Record<string, Outline>> = {
  bars: (u, v) => Math.abs(u) < 0.85 && Math.abs(v) > 0.22 && Math.abs(v) < 0.7,
  crescent: (u, v) => radius2(u, v) < 0.9 && radius2(u - 0.5, v) > 0.5,
  cross: (u, v) => Math.max(Math.abs(u), Math.abs(v)) < 0.95 && Math.min(Math.abs(u), Math.abs(v)) < 0.28,
  disc: (u, v) => radius2(u, v) < 0.7,
  ring: (u, v) => radius2(u, v) < 0.9 && radius2(u, v) > 0.3,
  square: (u, v) => Math.max(Math.abs(u), Math.abs(v)) < 0.74,
  /** Within all lines but one at most: the pentagon in the middle, and the five tips. */
  star(u, v) {
    let within = 0;
    for (const [a, b] of RAYS) if (a * u + b * v < 1.1 * STAR) within++;
    return within >= 4;
  },
  triangle: (u, v) => v < 0.55 && Math.sqrt(3) * Math.abs(u) - v < 1.1,
};
