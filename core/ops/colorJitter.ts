import { type Numbers, op } from "../op.ts";
import { size } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { fitsViews, luma } from "./grayscale.ts";
import { Column, exampleRows, jitterAt, ROW } from "./viewRow.ts";

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
      () => [r, g, b].map((v) => blend(v, 0, row[Column.brightness])),
      () => [r, g, b].map((v) => blend(v, mean, row[Column.contrast])),
      () => [r, g, b].map((v) => blend(v, own, row[Column.saturation])),
      () => turned(r, g, b, row[Column.hue]),
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
 * jitter; else y = x.
 *
 *     brightness f:  clamp(f x)
 *     contrast f:    clamp(f x + (1 - f) mean of the image's luma at that stage)
 *     saturation f:  clamp(f x + (1 - f) luma of the pixel)
 *     hue f:         the pixel in hue, saturation, value with h + f in place of h (turns)
 *
 *     x [N, H, W, 3] in 0 .. 1, rows [N, ROW] -> y [N, H, W, 3]
 *
 * https://github.com/pytorch/vision/blob/v0.20.0/torchvision/transforms/_functional_tensor.py (adjust_*, _rgb2hsv)
 */
export const colorJitter = op<[x: Tensor, rows: Tensor]>({
  name: "colorJitter",

  shape([x, rows]) {
    fitsViews("colorJitter", x, rows);
    return x;
  },

  params: ([x]) => ({ N: x[0], pixels: x[1] * x[2] }),

  reference([x, rows], y, { N, pixels }) {
    y.set(x);
    for (let n = 0; n < N; n++) {
      const image = y.subarray(n * pixels * 3, (n + 1) * pixels * 3);
      const row = rows.subarray(n * ROW, (n + 1) * ROW);
      if (row[Column.jitter])
        for (let step = 0; step < 4; step++) adjust(image, jitterAt(row[Column.order], step), row);
    }
  },

  draw: [
    (uniform, shape) => Array.from({ length: size(shape) }, () => (uniform() + 1) / 2),
    (uniform, [N]) => exampleRows(uniform, N),
  ],

  examples: [
    [
      [
        [1, 1, 1, 3],
        [1, ROW],
      ],
      {},
    ], // the smallest
    [
      [
        [40, 3, 7, 3],
        [40, ROW],
      ],
      {},
    ], // most of the orders
    [
      [
        [3, 45, 33, 3],
        [3, ROW],
      ],
      {},
    ],
    [
      [
        [16, 32, 32, 3],
        [16, ROW],
      ],
      {},
    ],
  ],
});
