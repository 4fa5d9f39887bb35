import { type Grads, op } from "../op.ts";
import { threefry } from "../random.ts";
import { fits, size } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { integers } from "./draw.ts";

/** Views of a sample and purposes of a pass: each has half of a counter's upper word. */
const MOST = 1 << 16;

/** Random words of 24 bits: as many of them as p times all are below p. */
const WORDS = 2 ** 24;

/**
 * Elements set to 0 with probability p, the others scaled: y[n, e] = x[n, e] / (1 - p) where u[n, e] >= p, else 0.
 *
 *     x [N, ...], keys u32 [K, 2], N a multiple of K -> y like x
 *
 * Rows are those of K samples, view after view: row n is of view floor(n / K) and has the key keys[n mod K]. u[n, e] is
 * word e mod 2, over 2^32 and cut to 24 bits, of the Threefry block with counter (floor(e / 2), 2^16 purpose + view);
 * `purpose` tells the dropouts of a pass apart. So the mask is the same bits on every device, in every shard of a batch,
 * and in the gradient, which is this op on dy.
 *
 * Srivastava et al. 2014, scaled in training, not in use. https://jmlr.org/papers/v15/srivastava14a.html
 */
export const dropout = op<[x: Tensor, keys: Tensor], { p: number; purpose: number }>({
  name: "dropout",
  inputs: ["f32", "u32"],

  shape([x, keys], { p, purpose }) {
    fits(keys.length === 2 && keys[1] === 2, "dropout", "keys must be [K, 2]", keys);
    fits(x.length > 0 && x[0] % keys[0] === 0, "dropout", "rows must be a multiple of the keys", x, keys);
    fits(p >= 0 && p < 1, "dropout", `p must be at least 0 and below 1, not ${p}`, x);
    fits(purpose < MOST && x[0] / keys[0] <= MOST, "dropout", `at most ${MOST} views and purposes`, x, keys);
    return x;
  },

  params: ([x, [K]], _y, { p, purpose }) => ({
    ...{ N: x[0], D: size(x.slice(1)), K, purpose },
    dropped: Math.ceil(p * WORDS), // words below it
  }),
  floats: ({ p }) => ({ scale: 1 / (1 - p) }),

  reference([x, keys], y, { N, D, K, purpose, dropped, scale }) {
    const words = new Uint32Array(2);
    for (let n = 0; n < N; n++) {
      const key = 2 * (n % K);
      for (let e = 0; e < D; e++) {
        threefry(keys[key], keys[key + 1], e >> 1, purpose * MOST + Math.floor(n / K), words);
        y[n * D + e] = words[e % 2] >>> 8 >= dropped ? x[n * D + e] * scale : 0;
      }
    }
  },

  grad: (dy, _y, [, keys], attributes): Grads => [dropout(dy, keys, attributes), null],

  draw: [undefined, (uniform, shape) => integers(uniform, size(shape), 2 ** 32)],
  examples: [
    [
      [
        [6, 5],
        [2, 2],
      ],
      { p: 0.5, purpose: 1 },
    ],
    [
      [
        [1, 1],
        [1, 2],
      ],
      { p: 0.25, purpose: 0 },
    ], // the smallest
    [
      [
        [3, 7, 3, 5],
        [3, 2],
      ],
      { p: 0, purpose: 65535 },
    ], // nothing is dropped
    [
      [
        [9, 33],
        [3, 2],
      ],
      { p: 0.9, purpose: 7 },
    ],
    [
      [
        [64, 1024],
        [32, 2],
      ],
      { p: 0.5, purpose: 2 },
    ],
  ],
});
