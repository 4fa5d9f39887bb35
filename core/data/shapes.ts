import { cos, sin } from "../math.ts";
import { between } from "../ops/augmentation.ts";
import { luma } from "../ops/grayscale.ts";
import { type Stream, stream } from "../random.ts";
import { outlines, REACH } from "./shapes/outlines.ts";
import { drawTexture, type Texture } from "./shapes/textures.ts";
import { byName, type ImageSet } from "./source.ts";

/** Pixels of an image's side. */
const SIDE = 32;
/** Points of a pixel's side at which it is asked whether they lie inside: edges have 17 levels. */
const POINTS = 4;
/** How much lighter than its background a shape is at least, of black to white: it survives in grey. */
const CONTRAST = 0.3;

const classes = Object.keys(outlines);

type Rgb = readonly number[];

/**
 * Labelled images drawn by code, which need no download: one shape an image, its class the shape's name.
 *
 *     8 classes: bars, crescent, cross, disc, ring, square, star, triangle;   pixels u8 [count, 32, 32, 3]
 *
 * Chance decides the rest: place, size and turn of the shape, both colours (the shape is the lighter), a texture on each,
 * a slope of brightness over the background, and noise. Images `first` .. `first + count - 1` are drawn, of which image i has class i mod 8 and is
 * a function of (seed, i) alone; sets whose ranges are apart share no image. In order of names, <class>/<i>.png.
 */
export function shapes({
  count,
  first = 0,
  seed = 0,
}: {
  count: number;
  first?: number;
  seed?: number;
}): ImageSet {
  const drawn = Array.from({ length: count }, (_, i) => {
    const label = (first + i) % classes.length;
    return { label, index: first + i, name: `${classes[label]}/${String(first + i).padStart(6, "0")}.png` };
  }).sort(byName);
  const bytes = SIDE * SIDE * 3;
  const pixels = new Uint8Array(count * bytes);
  const random = stream(seed, "shapes");
  for (const [at, { label, index }] of drawn.entries())
    draw(pixels.subarray(at * bytes, (at + 1) * bytes), classes[label], random.at(index));
  return {
    ...{ count, pixels, height: SIDE, width: SIDE, classes, skipped: [] },
    names: drawn.map(({ name }) => name),
    labels: Uint32Array.from(drawn, ({ label }) => label),
    fingerprint: `shapes ${first} to ${first + count - 1} of seed ${seed}: ${digest(pixels)}`,
  };
}

/** One image, [32, 32, 3]. */
function draw(pixels: Uint8Array, shape: string, random: Stream): void {
  const covers = placed(shape, random);
  const [back, front] = colors(random);
  const [behind, within] = [surface(random), surface(random)];
  const [slope, angle] = [between(random, 0, 0.15), between(random, 0, 2 * Math.PI)];
  const [right, down] = [(slope * cos(angle)) / (SIDE / 2), (slope * sin(angle)) / (SIDE / 2)];
  const noise = between(random, 0.01, 0.03);
  for (let y = 0; y < SIDE; y++)
    for (let x = 0; x < SIDE; x++) {
      const share = covers(x, y);
      const light = behind(x, y) + right * (x - SIDE / 2) + down * (y - SIDE / 2);
      const brighter = (1 - share) * light + (share && share * within(x, y));
      for (let c = 0; c < 3; c++) {
        const color = (1 - share) * back[c] + share * front[c] + brighter + noise * random.normal();
        pixels[(y * SIDE + x) * 3 + c] = Math.max(0, Math.min(255, Math.round(255 * color)));
      }
    }
}

/** A shape somewhere, at some size and turn, within the image: the share of a pixel that it covers. */
function placed(shape: string, random: Stream): (x: number, y: number) => number {
  const inside = outlines[shape];
  const radius = between(random, 9, 14);
  const angle = between(random, 0, 2 * Math.PI);
  const [left, top] = [between(random, radius, SIDE - radius), between(random, radius, SIDE - radius)];
  const [a, b] = [cos(angle) / radius, sin(angle) / radius];
  return (x, y) => {
    const [right, below] = [x + 0.5 - left, y + 0.5 - top];
    if (right * right + below * below > (REACH * radius + 1) ** 2) return 0;
    let points = 0;
    for (let i = 0; i < POINTS; i++)
      for (let j = 0; j < POINTS; j++) {
        const [across, down] = [x + (j + 0.5) / POINTS - left, y + (i + 0.5) / POINTS - top];
        if (inside(a * across + b * down, a * down - b * across)) points++;
      }
    return points / (POINTS * POINTS);
  };
}

/** A texture of some strength, as brightness to be added. */
function surface(random: Stream): Texture {
  const strength = between(random, 0.02, 0.07);
  const texture = drawTexture(random);
  return (x, y) => strength * texture(x, y);
}

/** Colours of the background and of the shape, which is the lighter. */
function colors(random: Stream): [Rgb, Rgb] {
  const any = (): Rgb => [random.uniform(), random.uniform(), random.uniform()];
  const brightness = ([r, g, b]: Rgb) => luma(r, g, b);
  for (;;) {
    const [back, front] = [any(), any()];
    if (brightness(front) - brightness(back) >= CONTRAST) return [back, front];
  }
}

/** FNV-1a, in hexadecimal. http://www.isthe.com/chongo/tech/comp/fnv */
function digest(bytes: Uint8Array): string {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, "0");
}
