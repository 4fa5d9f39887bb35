import { op } from "../op.ts";
import { fits, size } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { positives } from "./draw.ts";

/**
 * Scales a gradient down to a norm: g <- g * min(1, max / (|g| + 1e-6)).
 *
 *     g [P], gg [] its sum of squares |g|^2 -> g, in place
 *
 * As https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.clip_grad_norm_.html, its 1e-6 included.
 */
export const clipNorm = op<[g: Tensor, gg: Tensor], { max: number }>({
  name: "clipNorm",
  inPlace: true,

  shape([g, gg]) {
    fits(g.length === 1, "clipNorm", "the gradient must be flat", g);
    fits(size(gg) === 1, "clipNorm", "the sum of squares is one number", gg);
    return g;
  },

  params: ([g]) => ({ size: g[0] }),
  floats: ({ max }) => ({ max }),

  reference([, [gg]], g, { size, max }) {
    const scale = Math.min(1, max / (Math.sqrt(gg) + 1e-6));
    for (let i = 0; i < size; i++) g[i] *= scale;
  },

  draw: [undefined, (uniform) => positives(uniform, 1)],
  examples: [
    [[[6], []], { max: 0.3 }],
    [[[1], []], { max: 0.3 }], // the smallest
    [[[1027], []], { max: 0.1 }],
    [[[1027], []], { max: 100 }], // short enough as it is
  ],
});
