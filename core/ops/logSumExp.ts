import { op } from "../op.ts";
import { fits } from "../shape.ts";
import { reshape, type Tensor } from "../tensor.ts";
import { exp } from "./exp.ts";
import { mul } from "./mul.ts";
import { sub } from "./sub.ts";

/**
 * The logarithm of a row's summed exponentials, however large they are: y[n] = log sum over c of exp(x[n, c]).
 *
 *     x [N, C] -> y [N]
 */
export const logSumExp = op<[x: Tensor]>({
  name: "logSumExp",

  shape([x]) {
    fits(x.length === 2, "logSumExp", "the input must be a matrix", x);
    return [x[0]];
  },

  params: ([[N, C]]) => ({ N, C }),

  reference([x], y, { N, C }) {
    for (let n = 0; n < N; n++) {
      const row = x.subarray(n * C, (n + 1) * C);
      const top = Math.max(...row);
      y[n] = top + Math.log(row.reduce((sum, value) => sum + Math.exp(value - top), 0));
    }
  },

  grad(dy, y, [x]) {
    const column = (values: Tensor) => reshape(values, [x.shape[0], 1]);
    return [mul(exp(sub(x, column(y))), column(dy))]; // dy times the row's softmax
  },

  draw: [(uniform, [N, C]) => Array.from({ length: N * C }, (_, i) => 3 * uniform() + (i < C ? 100 : 0))],
  examples: [
    [[[2, 3]], {}],
    [[[1, 1]], {}], // the smallest
    [[[37, 10]], {}],
    [[[5, 1003]], {}],
    [[[130, 257]], {}],
  ],
});
