import { add, matmul } from "../ops/index.ts";
import { state, zeros } from "../tensor.ts";
import { normal, uniform } from "./init.ts";
import { type Layer, layer } from "./layer.ts";

/**
 * y = x W^T + b
 *
 *     x [N, I] -> y [N, O]; weight [O, I], bias [O]
 *
 * Both start uniform within 1 / sqrt(I), as in PyTorch; with a `deviation` the weight starts normal, the bias at 0.
 */
export function linear(
  inputs: number,
  outputs: number,
  { bias = true, deviation }: { bias?: boolean; deviation?: number } = {},
): Layer {
  const init = deviation === undefined ? uniform(1 / Math.sqrt(inputs)) : normal(deviation);
  const weight = state([outputs, inputs], init);
  if (!bias) return layer({ weight }, (x) => matmul(x, weight, { tb: true }));
  const b = state([outputs], deviation === undefined ? init : zeros);
  return layer({ weight, bias: b }, (x) => add(matmul(x, weight, { tb: true }), b));
}
