import { type Grads, op } from "../op.ts";
import { fits } from "../shape.ts";
import type { Tensor } from "../tensor.ts";

/**
 * Matrix product: y[m, n] = sum over k of a[m, k] * b[k, n].
 *
 *     a [M, K] (or [K, M] with ta), b [K, N] (or [N, K] with tb) -> y [M, N]
 */
export const matmul = op<[a: Tensor, b: Tensor], { ta?: boolean; tb?: boolean }>({
  name: "matmul",

  shape([a, b], { ta, tb }) {
    fits(a.length === 2 && b.length === 2, "matmul", "both inputs must be matrices", a, b);
    const [M, K] = ta ? [a[1], a[0]] : a;
    const [L, N] = tb ? [b[1], b[0]] : b;
    fits(K === L, "matmul", `inner extents differ (${K} != ${L})`, a, b);
    return [M, N];
  },

  params: ([a], y, { ta, tb }) => ({
    M: y[0],
    N: y[1],
    K: ta ? a[0] : a[1],
    ta: Number(ta ?? false),
    tb: Number(tb ?? false),
  }),

  reference([a, b], y, { M, N, K, ta, tb }) {
    for (let m = 0; m < M; m++)
      for (let n = 0; n < N; n++) {
        let sum = 0;
        for (let k = 0; k < K; k++) sum += a[ta ? k * M + m : m * K + k] * b[tb ? n * K + k : k * N + n];
        y[m * N + n] = sum;
      }
  },

  grad: (dy, _y, [a, b], { ta, tb }): Grads => [
    ta ? matmul(b, dy, { ta: tb, tb: true }) : matmul(dy, b, { tb: !tb }), // dA = dY B^T
    tb ? matmul(dy, a, { ta: true, tb: ta }) : matmul(a, dy, { ta: !ta }), // dB = A^T dY
  ],

  examples: [
    [
      [
        [2, 3],
        [3, 4],
      ],
      {},
    ],
    [
      [
        [1, 1],
        [1, 1],
      ],
      {},
    ], // the smallest
    [
      [
        [17, 5],
        [33, 5],
      ],
      { tb: true },
    ], // no extent divides a tile
    [
      [
        [130, 67],
        [130, 75],
      ],
      { ta: true },
    ],
    [
      [
        [19, 70],
        [65, 19],
      ],
      { ta: true, tb: true },
    ],
    [
      [
        [200, 300],
        [300, 128],
      ],
      {},
    ], // several blocks
  ],
});
