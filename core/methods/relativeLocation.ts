import { z } from "zod";
import { log } from "../math.ts";
import { batchNorm, dropout, groupedBy, linear, sequence } from "../nn/index.ts";
import { concat, expand, mean, relu, slice, softmaxCrossEntropy, swapAxes } from "../ops/index.ts";
import { CELLS } from "../ops/patches.ts";
import { fits } from "../shape.ts";
import { reshape, type Tensor } from "../tensor.ts";
import { method, setting } from "./method.ts";

const NEIGHBOURS = CELLS - 1;
const CENTRE = NEIGHBOURS / 2;

/** The nine patches that an image has side by side, in raster order. x [N, 3 S, 3 S, 3] -> [9 N, S, S, 3] */
function apart(x: Tensor): Tensor {
  const [N, height, width, C] = x.shape;
  const whole = height % 3 === 0 && width % 3 === 0;
  fits(whole, "relative-location", "a view is 3 x 3 patches, as the step `patches` leaves it", x.shape);
  const lines = reshape(x, [3 * N, height / 3, 3, (width / 3) * C]);
  return reshape(swapAxes(lines, { at: 1 }), [CELLS * N, height / 3, width / 3, C]);
}

/** The centre with each neighbour in turn, side by side. h [9, N, D] -> [8, N, 2 D] */
function pairsOf(h: Tensor): Tensor {
  const [, N, D] = h.shape;
  const neighbours = concat(
    slice(h, { start: 0, count: CENTRE }),
    slice(h, { start: CENTRE + 1, count: NEIGHBOURS - CENTRE }),
  );
  const centre = reshape(slice(h, { start: CENTRE, count: 1 }), [N, D]);
  const centres = expand(centre, { at: 0, extents: [NEIGHBOURS] }); // [8, N, D]
  const both = reshape(concat(centres, neighbours), [2, NEIGHBOURS * N, D]);
  return reshape(swapAxes(both, { at: 0 }), [NEIGHBOURS, N, 2 * D]);
}

/**
 * Relative location: in which of eight directions from the centre patch of an image does another one lie?
 *
 * All eight pairs (centre, neighbour) of an image are in the batch, the centre's features first; labels count neighbours in
 * raster order. Patches are the recipe's: its step `patches` shows them.
 *
 * Each patch is encoded once, all nine of an image under the same batch statistics. OpenSelfSup encodes both patches of
 * every pair, neighbours and centres apart: 16 passes an image, and statistics of 8 N neighbours and of N centres instead of
 * ours of 9 N patches. A normalisation group of G images holds all their patches: one of a single position would subtract
 * what tells it.
 *
 * Doersch et al. 2015 (https://arxiv.org/abs/1505.05192), with OpenSelfSup's neck in place of AlexNet's layers.
 */
export const relativeLocation = method({
  name: "relative-location",
  family: "classification",
  paper:
    "Doersch et al. 2015, Unsupervised visual representation learning by context prediction. https://arxiv.org/abs/1505.05192",

  config: z.strictObject({
    hidden: setting(
      z.int().positive().optional(),
      "Width of the layer that sees both patches; twice the encoder's dimension where nothing is said.",
      "4096 of ResNet-50; OpenSelfSup 0.3.0, configs/selfsup/relative_loc/r50.py (https://github.com/open-mmlab/OpenSelfSup)",
    ),
    dropout: setting(
      z.number().min(0).lt(1).default(0.5),
      "How likely a number of that layer is dropped.",
      "OpenSelfSup 0.3.0, configs/selfsup/relative_loc/r50.py (https://github.com/open-mmlab/OpenSelfSup): RelativeLocNeck",
    ),
  }),

  views: 1,
  sharding: "separable",

  build(makeEncoder, { hidden, dropout: p }) {
    const encoder = makeEncoder();
    const inputs = 2 * encoder.dimension;
    const width = hidden ?? inputs;
    const rectify = (x: Tensor) => relu(x);
    return {
      encoder,
      neck: sequence(linear(inputs, width, { bias: false }), batchNorm(width), rectify),
      head: sequence(dropout(p), linear(width, NEIGHBOURS)),
    };
  },

  schedules: (_config, batch) => ({
    labels: {
      ...{ shape: [NEIGHBOURS * batch], dtype: "u32" },
      write(values) {
        for (let i = 0; i < values.length; i++) values[i] = Math.floor(i / batch);
      },
    },
  }),

  step({ encoder, neck, head }, [x], _config, mode, { labels }) {
    const N = x.shape[0];
    const swapped = (rows: Tensor, A: number, B: number) =>
      swapAxes(reshape(rows, [A, B, rows.shape.at(-1)!]), { at: 0 });
    const h = encoder(apart(x), groupedBy(CELLS, mode)); //                [9 N, D], image after image
    const pairs = swapped(pairsOf(swapped(h, N, CELLS)), NEIGHBOURS, N); // [N, 8, 2 D]
    const rows = reshape(pairs, [NEIGHBOURS * N, pairs.shape[2]]);
    const y = neck(rows, groupedBy(NEIGHBOURS, mode)); //                [8 N, hidden]
    const byNeighbour = reshape(swapped(y, N, NEIGHBOURS), y.shape); // as dropout takes its rows
    return { loss: mean(softmaxCrossEntropy(head(byNeighbour, mode), labels)), embeddings: [h] };
  },

  collapse: () => log(NEIGHBOURS),
});
