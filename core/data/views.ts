import { exp, log } from "../math.ts";
import { Column, ROW } from "../ops/viewRow.ts";
import { type Stream, stream } from "../random.ts";

/**
 * What is drawn on the host for the views of a batch: one row of f32 a view, which the device's ops read.
 *
 *     rows [count, ROW], columns as in Column
 *
 * Distributions, order of the draws and defaults are torchvision's (v0.20, transforms.RandomResizedCrop.get_params,
 * ColorJitter.get_params, RandomApply, RandomGrayscale, RandomHorizontalFlip); its generator is not.
 * https://github.com/pytorch/vision/blob/v0.20.0/torchvision/transforms/transforms.py
 */
export interface ViewSpec {
  /** Range of the crop's share of the area, and of width / height. */
  crop: { scale: readonly [number, number]; ratio: readonly [number, number] };
  /** Probability of a horizontal flip. */
  flip: number;
  /** Probability of the jitter as a whole; strengths as ColorJitter takes them. */
  jitter: { p: number; brightness: number; contrast: number; saturation: number; hue: number };
  /** Probability of dropping the colour. */
  gray: number;
}

const IN_ORDER = packed(0, 1, 2, 3);
const ORDERS = permutations([0, 1, 2, 3]).map(([a, b, c, d]) => packed(a, b, c, d));

/**
 * Fills rows [count, ROW] for the positions first .. first + count - 1 of an epoch, for images of height x width.
 * Row i depends on (seed, epoch, first + i, view) alone. Allocates nothing a row.
 */
export function drawViews(
  rows: Float32Array,
  spec: ViewSpec,
  at: {
    seed: number;
    epoch: number;
    first: number;
    count: number;
    view: number;
    height: number;
    width: number;
  },
): void {
  const { seed, epoch, first, count, view, height, width } = at;
  if (rows.length < count * ROW)
    throw new RangeError(`views: ${count} rows take ${count * ROW} numbers; got room for ${rows.length}`);
  const random = stream(seed, "views", epoch);
  for (let i = 0; i < count; i++) {
    random.at(first + i, view);
    const o = i * ROW;
    drawCrop(rows, o, spec.crop, random, height, width);
    rows[o + Column.flip] = Number(random.uniform() < spec.flip);
    drawJitter(rows, o, spec.jitter, random);
    rows[o + Column.gray] = Number(random.uniform() < spec.gray);
  }
}

/** RandomResizedCrop.get_params: ten attempts, then the largest crop at the centre whose ratio is in range. */
function drawCrop(
  rows: Float32Array,
  o: number,
  crop: ViewSpec["crop"],
  random: Stream,
  H: number,
  W: number,
): void {
  const { scale, ratio } = crop;
  const low = log(ratio[0]);
  const high = log(ratio[1]);
  for (let attempt = 0; attempt < 10; attempt++) {
    const area = H * W * between(random, scale[0], scale[1]);
    const aspect = exp(between(random, low, high));
    const w = round(Math.sqrt(area * aspect));
    const h = round(Math.sqrt(area / aspect));
    if (w < 1 || w > W || h < 1 || h > H) continue;
    setCrop(rows, o, random.below(H - h + 1), random.below(W - w + 1), h, w);
    return;
  }
  const w = W / H > ratio[1] ? round(H * ratio[1]) : W;
  const h = W / H < ratio[0] ? round(W / ratio[0]) : H;
  setCrop(rows, o, Math.floor((H - h) / 2), Math.floor((W - w) / 2), h, w);
}

function setCrop(
  rows: Float32Array,
  o: number,
  top: number,
  left: number,
  height: number,
  width: number,
): void {
  rows[o + Column.top] = top;
  rows[o + Column.left] = left;
  rows[o + Column.height] = height;
  rows[o + Column.width] = width;
}

/** RandomApply([ColorJitter(...)], p). */
function drawJitter(rows: Float32Array, o: number, jitter: ViewSpec["jitter"], random: Stream): void {
  const { p, brightness, contrast, saturation, hue } = jitter;
  const applies = random.uniform() < p;
  rows[o + Column.jitter] = Number(applies);
  rows[o + Column.order] = applies ? ORDERS[random.below(ORDERS.length)] : IN_ORDER;
  rows[o + Column.brightness] = applies ? factor(random, brightness) : 1;
  rows[o + Column.contrast] = applies ? factor(random, contrast) : 1;
  rows[o + Column.saturation] = applies ? factor(random, saturation) : 1;
  rows[o + Column.hue] = applies ? between(random, -hue, hue) : 0;
}

const between = (random: Stream, low: number, high: number) => low + (high - low) * random.uniform();

const factor = (random: Stream, strength: number) => between(random, Math.max(0, 1 - strength), 1 + strength);

/** To the nearest integer, halves to the even one, as Python rounds. x >= 0. */
function round(x: number): number {
  const nearest = Math.floor(x + 0.5);
  return nearest - x === 0.5 && nearest % 2 === 1 ? nearest - 1 : nearest;
}

function packed(a: number, b: number, c: number, d: number): number {
  return a | (b << 2) | (c << 4) | (d << 6);
}

function permutations(items: number[]): number[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item) =>
    permutations(items.filter((other) => other !== item)).map((rest) => [item, ...rest]),
  );
}
