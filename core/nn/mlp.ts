import { relu } from "../ops/index.ts";
import type { Tensor } from "../tensor.ts";
import { batchNorm } from "./batchNorm.ts";
import { type Layer, sequence } from "./layer.ts";
import { linear } from "./linear.ts";

/**
 * Two linear layers, each followed by batch normalisation, with ReLU between: SimCLR's projection head.
 *
 *     x [N, inputs] -> [N, outputs]
 *
 * Chen et al. 2020, section 4.2 and its code, whose batch normalisation makes biases of the linear layers idle.
 */
export const mlp = (inputs: number, hidden: number, outputs: number): Layer =>
  sequence(
    linear(inputs, hidden, { bias: false }),
    batchNorm(hidden),
    (x: Tensor) => relu(x),
    linear(hidden, outputs, { bias: false }),
    batchNorm(outputs),
  );
