import { op } from "../op.ts";
import type { Tensor } from "../tensor.ts";
import { BLOCK, drawOwners, fitsArena } from "./owners.ts";

/**
 * One step of Adam with decoupled weight decay, as in PyTorch, over an arena of all parameters.
 *
 *     p <- p - fade * p
 *     m <- m + rise1 * (g - m)
 *     v <- v + rise2 * (g^2 - v)
 *     p <- p - rate * m / (sqrt(v) * scale + eps)
 *
 *     arena [3, P]: row 0 the parameters p, row 1 their mean gradients m, row 2 the mean squares v; g [P]
 *     settings [N, 6]: rate, fade, rise1, rise2, scale, eps of each parameter -> arena, in place
 *     owners u32 [P / 64], see owners.ts
 *
 * The host brings what depends on the step t (optim/adamw.ts): rate = lr / (1 - beta1^t), fade = lr * decay,
 * rise = 1 - beta, scale = 1 / sqrt(1 - beta2^t). In f32 1 - beta would keep four digits, hence rise and not beta.
 *
 * Loshchilov and Hutter 2019, algorithm 2, in the form of
 * https://docs.pytorch.org/docs/stable/generated/torch.optim.AdamW.html
 */
export const adamw = op<[arena: Tensor, g: Tensor, settings: Tensor, owners: Tensor]>({
  name: "adamw",
  inputs: ["f32", "f32", "f32", "u32"],
  inPlace: true,

  shape(inputs) {
    fitsArena("adamw", inputs, {
      rows: ["parameters", "means", "mean squares"],
      fields: ["rate", "fade", "rise1", "rise2", "scale", "eps"],
    });
    return inputs[0];
  },

  params: ([, g]) => ({ size: g[0] }),

  reference([, g, settings, owners], arena, { size }) {
    for (let i = 0; i < size; i++) {
      const row = 6 * owners[Math.floor(i / BLOCK)];
      const [rate, fade, rise1, rise2, scale, eps] = settings.subarray(row, row + 6);
      const [p, m, v] = [arena[i], arena[size + i], arena[2 * size + i]];
      arena[size + i] = m + rise1 * (g[i] - m);
      arena[2 * size + i] = v + rise2 * (g[i] ** 2 - v);
      arena[i] = p - fade * p - (rate * arena[size + i]) / (Math.sqrt(arena[2 * size + i]) * scale + eps);
    }
  },

  draw: [
    (uniform, [, P]) => Array.from({ length: 3 * P }, (_, i) => (i < 2 * P ? uniform() : uniform() ** 2)),
    undefined,
    (uniform, [N]) => Array.from({ length: 6 * N }, () => (uniform() + 1) / 2),
    drawOwners(6),
  ],
  examples: [
    [[[3, 5], [5], [1, 6], [1]], {}],
    [[[3, 1], [1], [1, 6], [1]], {}], // the smallest
    [[[3, 1027], [1027], [5, 6], [17]], {}],
  ],
});
