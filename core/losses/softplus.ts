import { concat, fill, logSumExp, mul } from "../ops/index.ts";
import { size } from "../shape.ts";
import { reshape, type Tensor } from "../tensor.ts";

/** log(1 + exp(x)), however large x is: the logarithm of summed exponentials of 0 and x. x [...] -> y [...] */
export function softplus(x: Tensor): Tensor {
  const pair = concat(fill({ shape: [1], value: 0 }), fill({ shape: [1], value: 1 })); // [0, 1]
  return reshape(logSumExp(mul(reshape(x, [size(x.shape), 1]), pair)), x.shape);
}
