import { op } from "../op.ts";
import { fits, size } from "../shape.ts";
import type { Tensor } from "../tensor.ts";

/**
 * One step of stochastic gradient descent with momentum and weight decay, as in PyTorch, over an arena of all parameters.
 *
 *     v <- momentum * v + (g + decay * p)
 *     p <- p - rate * v
 *
 *     arena [2, P]: row 0 the parameters p, row 1 the momenta v; g [P]; settings [3]: rate, momentum, decay
 *
 * Sutskever et al. 2013, in the form of https://docs.pytorch.org/docs/stable/generated/torch.optim.SGD.html
 */
export const sgd = op<[arena: Tensor, g: Tensor, settings: Tensor]>({
  name: "sgd",
  inPlace: true,

  shape([arena, g, settings]) {
    fits(
      arena.length === 2 && arena[0] === 2,
      "sgd",
      "the arena must have a row of parameters and a row of momenta",
      arena,
    );
    fits(g.length === 1 && g[0] === arena[1], "sgd", "one gradient a parameter", arena, g);
    fits(size(settings) === 3, "sgd", "settings are rate, momentum and decay", settings);
    return arena;
  },

  params: ([, g]) => ({ size: g[0] }),

  reference([, g, [rate, momentum, decay]], arena, { size }) {
    for (let i = 0; i < size; i++) {
      const v = momentum * arena[size + i] + (g[i] + decay * arena[i]);
      arena[size + i] = v;
      arena[i] -= rate * v;
    }
  },

  examples: [
    [[[2, 5], [5], [3]], {}],
    [[[2, 1], [1], [3]], {}], // the smallest
    [[[2, 1027], [1027], [3]], {}],
  ],
});
