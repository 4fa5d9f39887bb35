import { op } from "../op.ts";
import type { Tensor } from "../tensor.ts";
import { BLOCK, drawOwners, fitsArena } from "./owners.ts";

/**
 * One step of stochastic gradient descent with momentum and weight decay, as in PyTorch, over an arena of all parameters.
 *
 *     d = g + decay * p
 *     v <- momentum * v + d
 *     p <- p - rate * v                      (Nesterov: p - rate * (d + momentum * v))
 *
 *     arena [2, P]: row 0 the parameters p, row 1 the momenta v; g [P]
 *     settings [N, 3]: rate, momentum, decay of each parameter; owners u32 [P / 64], see owners.ts -> arena, in place
 *
 * Sutskever et al. 2013, in the form of https://docs.pytorch.org/docs/stable/generated/torch.optim.SGD.html
 */
export const sgd = op<[arena: Tensor, g: Tensor, settings: Tensor, owners: Tensor], { nesterov?: boolean }>({
  name: "sgd",
  inputs: ["f32", "f32", "f32", "u32"],
  inPlace: true,

  shape(inputs) {
    fitsArena("sgd", inputs, {
      rows: ["parameters", "momenta"],
      fields: ["rate", "momentum", "decay"],
    });
    return inputs[0];
  },

  params: ([, g], _y, { nesterov }) => ({ size: g[0], nesterov: Number(nesterov ?? false) }),

  reference([, g, settings, owners], arena, { size, nesterov }) {
    for (let i = 0; i < size; i++) {
      const row = 3 * owners[Math.floor(i / BLOCK)];
      const [rate, momentum, decay] = settings.subarray(row, row + 3);
      const d = g[i] + decay * arena[i];
      const v = momentum * arena[size + i] + d;
      arena[size + i] = v;
      arena[i] -= rate * (nesterov ? d + momentum * v : v);
    }
  },

  draw: [undefined, undefined, undefined, drawOwners(3)],
  examples: [
    [[[2, 5], [5], [1, 3], [1]], {}],
    [[[2, 1], [1], [1, 3], [1]], { nesterov: true }], // the smallest
    [[[2, 1027], [1027], [5, 3], [17]], {}],
    [[[2, 1027], [1027], [5, 3], [17]], { nesterov: true }],
  ],
});
