import { detach } from "../autograd.ts";
import { l2Normalize, matmul, mul } from "../ops/index.ts";
import { type Init, ones, state } from "../tensor.ts";
import { uniform } from "./init.ts";
import { type Layer, layer } from "./layer.ts";

/**
 * A linear layer whose weights' lengths are parameters of their own: y = x W^T, W[o] = g[o] v[o] / ||v[o]||.
 *
 *     x [N, I] -> y [N, O]; weight_g [O, 1], weight_v [O, I]
 *
 * v starts as a linear layer's weight, and g as its rows' lengths, so that W is v; `fixed`, g is 1 and stays it, as in
 * DINO's last layer (Caron et al. 2021, appendix C).
 *
 * Salimans and Kingma 2016, eq. 2 (https://arxiv.org/abs/1602.07868), with the names of torch.nn.utils.weight_norm.
 */
export function weightNormLinear(inputs: number, outputs: number, { fixed = false } = {}): Layer {
  const init = uniform(1 / Math.sqrt(inputs));
  const v = state([outputs, inputs], init);
  const g = state([outputs, 1], fixed ? ones : lengthsOf(init, inputs));
  return layer({ weight_g: g, weight_v: v }, (x) => {
    const W = mul(l2Normalize(v), fixed ? detach(g) : g); // [O, I]
    return matmul(x, W, { tb: true });
  });
}

/** The lengths of the rows that `init` draws at the sibling path `weight_v`. */
const lengthsOf =
  (init: Init, columns: number): Init =>
  (values, { seed, path }) => {
    const rows = new Float32Array(values.length * columns);
    init(rows, { seed, path: path.replace(/weight_g$/, "weight_v") });
    for (let o = 0; o < values.length; o++) {
      const row = rows.subarray(o * columns, (o + 1) * columns);
      values[o] = Math.sqrt(row.reduce((sum, x) => sum + x * x, 0));
    }
  };
