import { op } from "../op.ts";
import { threefry } from "../random.ts";
import { fits, size } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { integers } from "./draw.ts";

/**
 * Indices at random, independent and with replacement: y[n, k] uniform on 0 .. below - 1, but for own[n] where it is barred.
 *
 *     keys u32 [N, 2], own u32 [N], each below `below` -> y u32 [N, count]
 *
 * Word k mod 2 of the Threefry block with counter (floor(k / 2), 2^16 purpose) under the key keys[n], modulo the number
 * that are allowed, which favours none by more than that over 2^32. `bar` leaves own[n] out: what is drawn counts the
 * others. So the draw is the same on every device and in every shard of a batch.
 */
export const randomIndices = op<
  [keys: Tensor, own: Tensor],
  { count: number; below: number; purpose: number; bar?: boolean }
>({
  name: "randomIndices",
  inputs: ["u32", "u32"],
  output: "u32",

  shape([keys, own], { count, below, purpose, bar = false }) {
    fits(keys.length === 2 && keys[1] === 2, "randomIndices", "keys must be [N, 2]", keys);
    fits(own.length === 1 && own[0] === keys[0], "randomIndices", "one own index a key", keys, own);
    fits(below > Number(bar), "randomIndices", `of ${below} indices none is left to draw`, own);
    fits(purpose < 1 << 16, "randomIndices", `at most ${1 << 16} purposes`, keys);
    return [keys[0], count];
  },

  params: ([[N]], [, K], { below, purpose, bar = false }) => ({
    ...{ N, K, purpose, bar: Number(bar) },
    allowed: below - Number(bar),
  }),

  reference([keys, own], y, { N, K, purpose, bar, allowed }) {
    const words = new Uint32Array(2);
    for (let n = 0; n < N; n++)
      for (let k = 0; k < K; k++) {
        threefry(keys[2 * n], keys[2 * n + 1], k >> 1, purpose * 2 ** 16, words);
        const drawn = words[k % 2] % allowed;
        y[n * K + k] = bar && drawn >= own[n] ? drawn + 1 : drawn;
      }
  },

  draw: [
    (uniform, shape) => integers(uniform, size(shape), 2 ** 32),
    (uniform, [N], _earlier, { below }) => integers(uniform, N, below),
  ],
  examples: [
    [[[2, 2], [2]], { count: 5, below: 7, purpose: 0 }],
    [[[1, 2], [1]], { count: 1, below: 1, purpose: 65535 }], // the smallest
    [[[3, 2], [3]], { count: 70, below: 2, purpose: 1, bar: true }], // one is left
    [[[17, 2], [17]], { count: 131, below: 1_281_167, purpose: 3, bar: true }],
  ],
});
