import { z } from "zod";
import { exp } from "../math.ts";
import { fits } from "../shape.ts";
import { augmentation, between, probability } from "./augmentation.ts";

const sigma = z.number().positive().max(100); // pixels

const config = z
  .strictObject({
    p: probability,
    sigma: z
      .tuple([sigma, sigma])
      .refine(([low, high]) => low <= high, "low <= high")
      .describe("Standard deviation in pixels, from and to."),
    kernel: z
      .int()
      .positive()
      .refine((n) => n % 2 === 1, "must be odd")
      .optional()
      .describe("Pixels of the kernel's side, odd; a tenth of the view where nothing is said."),
  })
  .describe("A Gaussian blur.");

/** A tenth of the view's height, made odd: Chen et al. 2020, appendix A, and its code. At least 3, or nothing would blur. */
const kernelFor = (height: number): number => Math.max(3, 2 * Math.floor(height / 20) + 1);

/** An index beyond the border, mirrored in the outermost pixel: -1 is 1. */
const mirrored = (i: number, extent: number): number => (i < 0 ? -i : i >= extent ? 2 * (extent - 1) - i : i);

/**
 * One pass of a Gaussian blur, along axis 1 (down) or 2 (across), by as many pixels sigma as the row says; 0 is y = x.
 *
 *     down: y[n, h, w, c] = sum over k from -r to r of g[k] x[n, h + k, w, c], r = (kernel - 1) / 2
 *     g[k] = exp(-k^2 / (2 sigma^2)) / their sum; beyond the border, x is mirrored in its outermost pixels
 *
 *     x [N, H, W, 3], rows [N, 1] -> y [N, H, W, 3]
 *
 * Down and then across it is torchvision's gaussian_blur; a recipe's sigma is uniform on its range.
 * Throws ShapeError where the kernel is even, or reaches beyond what mirroring gives: r must be less than the extent.
 * https://github.com/pytorch/vision/blob/v0.20.0/torchvision/transforms/_functional_tensor.py (gaussian_blur)
 */
export const gaussianBlur = augmentation<z.infer<typeof config>, { axis: 1 | 2; kernel: number }>({
  name: "gaussianBlur",

  config,
  columns: 1,
  sample(rows, at, { p, sigma: [low, high] }, random) {
    rows[at] = random.uniform() < p ? between(random, low, high) : 0;
  },
  apply(self, x, rows, { kernel = kernelFor(x.shape[1]) }) {
    return self(self(x, rows, { axis: 1, kernel }), rows, { axis: 2, kernel });
  },

  shape([x], { axis, kernel }) {
    fits(kernel > 0 && kernel % 2 === 1, "gaussianBlur", `the kernel must be odd, not ${kernel}`, x);
    const reaches = (kernel - 1) / 2 < x[axis];
    fits(reaches, "gaussianBlur", `a kernel of ${kernel} reaches beyond ${x[axis]} mirrored pixels`, x);
    return x;
  },

  params: ([[N, H, W]], _y, { axis, kernel }) => ({ N, H, W, axis, kernel }),

  reference([x, rows], y, { N, H, W, axis, kernel }) {
    const r = (kernel - 1) / 2;
    const at = (n: number, h: number, w: number, c: number) => ((n * H + h) * W + w) * 3 + c;
    for (let n = 0; n < N; n++) {
      const weight = (k: number) => (rows[n] ? exp(-(k * k) / (2 * rows[n] * rows[n])) : Number(k === 0));
      for (let h = 0; h < H; h++)
        for (let w = 0; w < W; w++)
          for (let c = 0; c < 3; c++) {
            let [sum, whole] = [0, 0];
            for (let k = -r; k <= r; k++) {
              const [i, j] = axis === 1 ? [mirrored(h + k, H), w] : [h, mirrored(w + k, W)];
              sum += weight(k) * x[at(n, i, j, c)];
              whole += weight(k);
            }
            y[at(n, h, w, c)] = sum / whole;
          }
    }
  },

  exampleRows: (uniform, [N]) => Array.from({ length: N }, () => Math.max(0, 1 + 2 * uniform())), // a quarter is 0
  examples: [
    [
      [
        [1, 1, 1, 3],
        [1, 1],
      ],
      { axis: 1, kernel: 1 },
    ], // the smallest
    [
      [
        [7, 5, 3, 3],
        [7, 1],
      ],
      { axis: 1, kernel: 9 },
    ], // as far as mirroring reaches
    [
      [
        [7, 5, 3, 3],
        [7, 1],
      ],
      { axis: 2, kernel: 5 },
    ],
    [
      [
        [3, 45, 33, 3],
        [3, 1],
      ],
      { axis: 1, kernel: 23 },
    ],
    [
      [
        [3, 45, 33, 3],
        [3, 1],
      ],
      { axis: 2, kernel: 23 },
    ],
    [
      [
        [16, 32, 32, 3],
        [16, 1],
      ],
      { axis: 2, kernel: 3 },
    ],
  ],
});
