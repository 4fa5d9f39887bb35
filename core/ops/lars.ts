import { op } from "../op.ts";
import { fits, size } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { positives } from "./draw.ts";
import { BLOCK, drawOwners, fitsArena } from "./owners.ts";

/**
 * One step of layer-wise adaptive rate scaling over an arena of all parameters.
 *
 *     local = trust * |p| / (|g| + decay * |p|), norms over the whole parameter
 *     v <- momentum * v + rate * local * (g + decay * p)
 *     p <- p - v
 *
 *     arena [2, P]: row 0 the parameters p, row 1 the momenta v; g [P]
 *     settings [N, 4]: rate, momentum, decay, trust of each parameter; owners u32 [P / 64], see owners.ts
 *     pp, gg [N]: |p|^2 and |g|^2 of each parameter -> arena, in place
 *
 * Of the formulas in the wild this is the paper's own, You et al. 2017, algorithm 1 (https://arxiv.org/abs/1708.03888),
 * which is also OpenSelfSup's: the rate is inside the momentum, the decay beside the gradient in the norms. As in its
 * successor MMSelfSup, local = 1 where p or g is zero; so it is where trust = 0, which is how a parameter is excluded.
 */
export const lars = op<[arena: Tensor, g: Tensor, settings: Tensor, owners: Tensor, pp: Tensor, gg: Tensor]>({
  name: "lars",
  inputs: ["f32", "f32", "f32", "u32", "f32", "f32"],
  inPlace: true,

  shape(inputs) {
    const [arena, , settings, , pp, gg] = inputs;
    fitsArena("lars", inputs, {
      rows: ["parameters", "momenta"],
      fields: ["rate", "momentum", "decay", "trust"],
    });
    const each = [pp, gg].every((x) => x.length === 1 && size(x) === settings[0]);
    fits(each, "lars", "one norm a parameter", pp, gg);
    return arena;
  },

  params: ([, g]) => ({ size: g[0] }),

  reference([, g, settings, owners, pp, gg], arena, { size }) {
    for (let i = 0; i < size; i++) {
      const n = owners[Math.floor(i / BLOCK)];
      const [rate, momentum, decay, trust] = settings.subarray(4 * n, 4 * n + 4);
      const [p, whole, slope] = [arena[i], Math.sqrt(pp[n]), Math.sqrt(gg[n])];
      const adapts = trust > 0 && whole > 0 && slope > 0;
      const local = adapts ? (trust * whole) / (slope + decay * whole) : 1;
      const v = momentum * arena[size + i] + rate * local * (g[i] + decay * p);
      arena[size + i] = v;
      arena[i] -= v;
    }
  },

  draw: [
    undefined,
    undefined,
    // every third parameter is excluded
    (uniform, [N]) =>
      Array.from({ length: N }, (_, n) => [
        uniform(),
        uniform(),
        (uniform() + 1) / 2,
        n % 3 === 2 ? 0 : 0.5,
      ]).flat(),
    drawOwners(4),
    (uniform, [N]) => positives(uniform, N).map((x, n) => (n % 5 === 1 ? 0 : x)), // a parameter that is zero
    (uniform, [N]) => positives(uniform, N).map((x, n) => (n % 5 === 3 ? 0 : x)), // a gradient that is zero
  ],
  examples: [
    [[[2, 5], [5], [1, 4], [1], [1], [1]], {}],
    [[[2, 1], [1], [1, 4], [1], [1], [1]], {}], // the smallest
    [[[2, 1027], [1027], [7, 4], [17], [7], [7]], {}],
  ],
});
