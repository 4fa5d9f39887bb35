import { type Numbers, op } from "../op.ts";
import { fits, type Shape, sameShape, size } from "../shape.ts";
import type { Tensor } from "../tensor.ts";

/** The columns of a row: the box in pixels, 1 where the view is mirrored. */
export const Box = { top: 0, left: 1, height: 2, width: 3, flip: 4 } as const;

/** Columns of a row. */
export const BOX = 5;

const examples: readonly (readonly [[Shape, Shape, Shape], { height: number; width: number }])[] = [
  [[[1, 1, 1, 3], [1], [1, BOX]], { height: 1, width: 1 }], // the smallest
  [[[3, 9, 7, 3], [5], [5, BOX]], { height: 5, width: 11 }],
  [[[2, 40, 33, 3], [7], [7, BOX]], { height: 3, width: 6 }], // many taps
  [[[4, 32, 32, 3], [6], [6, BOX]], { height: 32, width: 32 }],
];

/** The shape of the images of this many numbers: examples differ in it. */
const imagesOf = (numbers: number): Shape => examples.find(([[images]]) => size(images) === numbers)![0][0];

/** What each pixel of a box counts, along one axis, in the i-th of `count` pixels: a triangle about that one's centre. */
function weights(box: number, count: number, i: number): number[] {
  const scale = box / count;
  const centre = (i + 0.5) * scale;
  const triangle = Array.from({ length: box }, (_, j) =>
    Math.max(0, 1 - Math.abs(j + 0.5 - centre) / Math.max(scale, 1)),
  );
  const sum = triangle.reduce((a, b) => a + b);
  return triangle.map((weight) => weight / sum);
}

/**
 * Views of images: of each row's image the row's box, resized bilinearly with antialiasing, mirrored left to right
 * where the row says flip, and scaled to 0 .. 1 without being rounded to bytes.
 *
 *     y[n, h, w, c] = sum over i, j of weight(h, i) weight(w, j) images[index[n], top + i, left + j, c] / 255
 *
 *     images u8 [M, H, W, 3], index u32 [N] (below M), rows [N, BOX] (boxes within H x W) -> y [N, height, width, 3]
 *
 * torchvision's resized_crop(antialias=True) and hflip of a float image.
 * https://github.com/pytorch/pytorch/blob/v2.5.0/aten/src/ATen/native/cpu/UpSampleKernel.cpp (HelperInterpLinear)
 */
export const crop = op<[images: Tensor, index: Tensor, rows: Tensor], { height: number; width: number }>({
  name: "crop",
  inputs: ["u8", "u32", "f32"],

  shape([images, index, rows], { height, width }) {
    fits(images.length === 4 && images[3] === 3, "crop", "images must be [M, H, W, 3]", images);
    const match = index.length === 1 && sameShape(rows, [index[0], BOX]);
    fits(match, "crop", `a view takes one index and one row of ${BOX}`, index, rows);
    fits(height >= 1 && width >= 1, "crop", `views of ${height} x ${width} have no pixels`, images);
    return [index[0], height, width, 3];
  },

  params: ([images], [N, height, width]) => ({ N, H: images[1], W: images[2], height, width }),

  reference([images, index, rows], y, { N, H, W, height, width }) {
    for (let n = 0; n < N; n++) {
      const row = rows.subarray(n * BOX, (n + 1) * BOX);
      for (let h = 0; h < height; h++)
        for (let w = 0; w < width; w++) {
          const down = weights(row[Box.height], height, h);
          const across = weights(row[Box.width], width, row[Box.flip] ? width - 1 - w : w);
          for (let c = 0; c < 3; c++) {
            let sum = 0;
            for (let i = 0; i < down.length; i++)
              for (let j = 0; j < across.length; j++) {
                const line = index[n] * H + row[Box.top] + i;
                sum += down[i] * across[j] * images[(line * W + row[Box.left] + j) * 3 + c];
              }
            y[((n * height + h) * width + w) * 3 + c] = sum / 255;
          }
        }
    }
  },

  draw: [
    (uniform, shape) => Array.from({ length: size(shape) }, () => Math.floor((uniform() + 1) * 128)),
    (uniform, [N], [images]) => {
      const [M] = imagesOf(images.length);
      return Array.from({ length: N }, () => Math.floor(((uniform() + 1) / 2) * M));
    },
    (uniform, [N], [images]) => {
      const [, H, W] = imagesOf(images.length);
      return exampleRows(uniform, N, H, W);
    },
  ],

  examples,
});

/** Boxes anywhere in an image of H x W, half of them mirrored. */
function exampleRows(uniform: () => number, rows: number, H: number, W: number): Numbers {
  const below = (n: number) => Math.floor(((uniform() + 1) / 2) * n);
  const values = new Float64Array(rows * BOX);
  for (let at = 0; at < values.length; at += BOX) {
    const [height, width] = [1 + below(H), 1 + below(W)];
    values.set([below(H - height + 1), below(W - width + 1), height, width, below(2)], at);
  }
  return values;
}
