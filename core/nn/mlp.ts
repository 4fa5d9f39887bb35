import { batchNorm } from "./batchNorm.ts";
import { type Layer, layer } from "./layer.ts";
import { linear } from "./linear.ts";

/**
 * Two linear layers, each followed by batch normalisation, with ReLU between: SimCLR's projection head.
 *
 *     x [N, inputs] -> [N, outputs]
 *
 * Chen et al. 2020, section 4.2 and its code, whose batch normalisation makes biases of the linear layers idle.
 */
export function mlp(inputs: number, hidden: number, outputs: number): Layer {
  const first = linear(inputs, hidden, { bias: false });
  const rectified = batchNorm(hidden, { relu: true });
  const second = linear(hidden, outputs, { bias: false });
  const last = batchNorm(outputs);
  const state = { 0: first.state, 1: rectified.state, 3: second.state, 4: last.state }; // ReLU counts in PyTorch
  return layer(state, (x, mode) => last(second(rectified(first(x, mode), mode), mode), mode));
}
