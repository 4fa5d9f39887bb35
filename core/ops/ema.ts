import { op } from "../op.ts";
import { fits, sameShape, size } from "../shape.ts";
import type { Tensor } from "../tensor.ts";

/**
 * Exponential moving average: target <- momentum * target + (1 - momentum) * value.
 *
 *     target, value [...], momentum [1] -> target, in place
 */
export const ema = op<[target: Tensor, value: Tensor, momentum: Tensor]>({
  name: "ema",
  inPlace: true,

  shape([target, value, momentum]) {
    fits(sameShape(target, value), "ema", "shapes differ", target, value);
    fits(size(momentum) === 1, "ema", "the momentum is one number", momentum);
    return target;
  },

  params: ([target]) => ({ size: size(target) }),

  reference([, value, [momentum]], target, { size }) {
    for (let i = 0; i < size; i++) target[i] = momentum * target[i] + (1 - momentum) * value[i];
  },

  draw: [undefined, undefined, (uniform) => [(uniform() + 1) / 2]],
  examples: [
    [[[2, 3], [2, 3], [1]], {}],
    [[[1], [1], [1]], {}], // the smallest
    [[[1027], [1027], [1]], {}],
  ],
});
