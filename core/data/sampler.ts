import { type Stream, threefry } from "../random.ts";

const ROUNDS = 8; // four a half: Luby and Rackoff prove four enough for a random round function

/**
 * A random permutation of 0 .. n - 1 as a function: position -> sample, in constant memory and time.
 *
 *     const sampleAt = permutation(n, stream(seed, "order", epoch))
 *
 * A Feistel network on pairs (l, r) of Z_a x Z_b with a b >= n, whose steps l += f(r) and r += f(l) can each be undone;
 * what lands outside of 0 .. n - 1 walks on until it is inside. a b exceeds n by sqrt n at most, so few do.
 *
 * Black and Rogaway 2002, "Ciphers with arbitrary finite domains", sections 3 and 5.
 *
 * n is an integer from 1 to 2^32; the position must lie below n. Throws otherwise.
 */
export function permutation(n: number, key: Stream): (position: number) => number {
  if (!(Number.isInteger(n) && n >= 1 && n <= 2 ** 32))
    throw new RangeError(`permutation: n must be an integer from 1 to 2^32; got ${n}`);
  const a = Math.ceil(Math.sqrt(n));
  const b = Math.ceil(n / a);
  const [k0, k1] = [key.u32(), key.u32()];
  const word = new Uint32Array(2);
  const f = (round: number, half: number) => {
    threefry(k0, k1, half, round, word);
    return word[0];
  };

  function shuffle(x: number): number {
    let l = x % a;
    let r = Math.floor(x / a);
    for (let round = 0; round < ROUNDS; round += 2) {
      l = (l + f(round, r)) % a;
      r = (r + f(round + 1, l)) % b;
    }
    return r * a + l;
  }

  return (position) => {
    if (!(Number.isInteger(position) && position >= 0 && position < n))
      throw new RangeError(`permutation: positions run from 0 to ${n - 1}; got ${position}`);
    let sample = shuffle(position);
    while (sample >= n) sample = shuffle(sample);
    return sample;
  };
}
