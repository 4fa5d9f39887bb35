import { add, matmul } from "../ops/index.ts";
import { state } from "../tensor.ts";
import { uniform } from "./init.ts";
import { type Layer, layer } from "./layer.ts";

/**
 * y = x W^T + b
 *
 *     x [N, I] -> y [N, O]; weight [O, I], bias [O]
 *
 * Both start uniform within 1 / sqrt(I), as in PyTorch.
 */
export function linear(inputs: number, outputs: number, { bias = true } = {}): Layer {
  const init = uniform(1 / Math.sqrt(inputs));
  const weight = state([outputs, inputs], init);
  if (!bias) return layer({ weight }, (x) => matmul(x, weight, { tb: true }));
  const b = state([outputs], init);
  return layer({ weight, bias: b }, (x) => add(matmul(x, weight, { tb: true }), b));
}
