import { z } from "zod";
import type { Numbers } from "../op.ts";
import type { Stream } from "../random.ts";
import { augmentation, between, probability } from "./augmentation.ts";
import { luma } from "./grayscale.ts";

/** The columns of a row: 1 where the jitter applies, a factor for each jitter (hue in turns), their order. */
export const Jitter = { applies: 0, brightness: 1, contrast: 2, saturation: 3, hue: 4, order: 5 } as const;

const COLUMNS = 6;

/** Which jitter comes at `step` (0 .. 3) of a packed order: 0 brightness, 1 contrast, 2 saturation, 3 hue. */
export const jitterAt = (order: number, step: number): number => (order >> (2 * step)) & 3;

/** An order as one number: what `jitterAt` reads. */
export const packed = (order: readonly number[]): number =>
  order.reduce((sum, jitter, step) => sum | (jitter << (2 * step)), 0);

const IN_ORDER = packed([0, 1, 2, 3]);
const ORDERS = permutations([0, 1, 2, 3]).map(packed);

function permutations(items: number[]): number[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item) =>
    permutations(items.filter((other) => other !== item)).map((rest) => [item, ...rest]),
  );
}

const strength = z.number().min(0).max(10).default(0);

/** A factor around 1, not below 0. */
const factor = (random: Stream, strength: number) => between(random, Math.max(0, 1 - strength), 1 + strength);

const clamp = (v: number): number => Math.min(1, Math.max(0, v));
const blend = (v: number, other: number, factor: number): number => clamp(factor * v + (1 - factor) * other);

/** One jitter of a whole image, in place. */
function adjust(image: Numbers, jitter: number, row: Numbers): void {
  let gray = 0;
  for (let p = 0; p < image.length; p += 3) gray += luma(image[p], image[p + 1], image[p + 2]);
  const mean = gray / (image.length / 3);
  for (let p = 0; p < image.length; p += 3) {
    const [r, g, b] = image.subarray(p, p + 3);
    const own = luma(r, g, b);
    const adjusted = [
      () => [r, g, b].map((v) => blend(v, 0, row[Jitter.brightness])),
      () => [r, g, b].map((v) => blend(v, mean, row[Jitter.contrast])),
      () => [r, g, b].map((v) => blend(v, own, row[Jitter.saturation])),
      () => turned(r, g, b, row[Jitter.hue]),
    ];
    image.set(adjusted[jitter](), p);
  }
}

/** The colour with its hue turned by so many turns, by way of hue, saturation and value. */
function turned(r: number, g: number, b: number, turns: number): number[] {
  const v = Math.max(r, g, b);
  const chroma = v - Math.min(r, g, b);
  const s = chroma === 0 ? 0 : chroma / v;
  let h = 0; // in sixths of a turn
  if (chroma !== 0) h = v === r ? (g - b) / chroma : v === g ? 2 + (b - r) / chroma : 4 + (r - g) / chroma;
  const sixths = ((((h / 6 + turns) % 1) + 1) % 1) * 6;
  const i = Math.floor(sixths);
  const f = sixths - i;
  const p = clamp(v * (1 - s));
  const q = clamp(v * (1 - s * f));
  const t = clamp(v * (1 - s * (1 - f)));
  return [
    [v, t, p],
    [q, v, p],
    [p, v, t],
    [p, q, v],
    [t, p, v],
    [v, p, q],
  ][i % 6];
}

/**
 * Colour jitter: brightness, contrast, saturation and hue of a view in the order that its row states, where the row says
 * that it applies; else y = x.
 *
 *     brightness f:  clamp(f x)
 *     contrast f:    clamp(f x + (1 - f) mean of the image's luma at that stage)
 *     saturation f:  clamp(f x + (1 - f) luma of the pixel)
 *     hue f:         the pixel in hue, saturation, value with h + f in place of h (turns)
 *
 *     x [N, H, W, 3] in 0 .. 1, rows [N, 6] -> y [N, H, W, 3]
 *
 * Distributions, and the order of the draws, are those of torchvision's RandomApply([ColorJitter(...)], p).
 * https://github.com/pytorch/vision/blob/v0.20.0/torchvision/transforms/_functional_tensor.py (adjust_*, _rgb2hsv)
 */
export const colorJitter = augmentation({
  name: "colorJitter",

  config: z
    .strictObject({
      p: probability.default(1),
      brightness: strength.describe("Largest distance from 1 of the factor, which is not below 0."),
      contrast: strength.describe("The same of contrast."),
      saturation: strength.describe("The same of saturation."),
      hue: z
        .number()
        .min(0)
        .max(0.5)
        .default(0)
        .describe("Largest turn of the hue, to either side; 1 is the whole circle."),
    })
    .describe("Brightness, contrast, saturation and hue are changed, in a random order."),
  columns: COLUMNS,
  sample(rows, at, { p, brightness, contrast, saturation, hue }, random) {
    const applies = random.uniform() < p;
    rows[at + Jitter.applies] = Number(applies);
    rows[at + Jitter.order] = applies ? ORDERS[random.below(ORDERS.length)] : IN_ORDER;
    rows[at + Jitter.brightness] = applies ? factor(random, brightness) : 1;
    rows[at + Jitter.contrast] = applies ? factor(random, contrast) : 1;
    rows[at + Jitter.saturation] = applies ? factor(random, saturation) : 1;
    rows[at + Jitter.hue] = applies ? between(random, -hue, hue) : 0;
  },

  reference([x, rows], y, { N, pixels }) {
    y.set(x);
    for (let n = 0; n < N; n++) {
      const image = y.subarray(n * pixels * 3, (n + 1) * pixels * 3);
      const row = rows.subarray(n * COLUMNS, (n + 1) * COLUMNS);
      if (row[Jitter.applies])
        for (let step = 0; step < 4; step++) adjust(image, jitterAt(row[Jitter.order], step), row);
    }
  },

  exampleRows: (uniform, [N]) => exampleRows(uniform, N),
  examples: [
    [
      [
        [1, 1, 1, 3],
        [1, COLUMNS],
      ],
      {},
    ], // the smallest
    [
      [
        [40, 3, 7, 3],
        [40, COLUMNS],
      ],
      {},
    ], // most of the orders
    [
      [
        [3, 45, 33, 3],
        [3, COLUMNS],
      ],
      {},
    ],
    [
      [
        [16, 32, 32, 3],
        [16, COLUMNS],
      ],
      {},
    ],
  ],
});

/** Factors as strong as any in use, in any order; three quarters apply. */
function exampleRows(uniform: () => number, rows: number): Numbers {
  const within = (low: number, high: number) => low + ((uniform() + 1) / 2) * (high - low);
  const values = new Float64Array(rows * COLUMNS);
  for (let at = 0; at < values.length; at += COLUMNS) {
    values[at + Jitter.applies] = Number(uniform() > -0.5);
    values[at + Jitter.brightness] = within(0.2, 1.8);
    values[at + Jitter.contrast] = within(0.2, 1.8);
    values[at + Jitter.saturation] = within(0.2, 1.8);
    values[at + Jitter.hue] = within(-0.5, 0.5);
    values[at + Jitter.order] = ORDERS[Math.floor(within(0, ORDERS.length))];
  }
  return values;
}
