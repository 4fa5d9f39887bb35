import { cos, sin } from "../../math.ts";
import { between } from "../../ops/augmentation.ts";
import type { Stream } from "../../random.ts";

/** A pattern over the plane, in pixels: a brightness of -1 to 1 at each place. */
export type Texture = (x: number, y: number) => number;

const TURN = 2 * Math.PI;

/** A wave with its length in pixels, direction and phase drawn. */
function wave(random: Stream): Texture {
  const length = between(random, 3, 9);
  const angle = between(random, 0, TURN);
  const phase = between(random, 0, TURN);
  const [a, b] = [(TURN * cos(angle)) / length, (TURN * sin(angle)) / length];
  return (x, y) => sin(a * x + b * y + phase);
}

/** Random values at the corners of squares, interpolated between: value noise. */
function blotches(random: Stream): Texture {
  const length = between(random, 3, 8);
  const cells = 16; // corners on a side: beyond 32 pixels at the least length
  const corners = Float64Array.from({ length: cells * cells }, () => between(random, -1, 1));
  return (x, y) => {
    const [i, j] = [Math.floor(y / length), Math.floor(x / length)];
    const [down, across] = [y / length - i, x / length - j];
    const at = i * cells + j;
    const above = corners[at] + across * (corners[at + 1] - corners[at]);
    const below = corners[at + cells] + across * (corners[at + cells + 1] - corners[at + cells]);
    return above + down * (below - above);
  };
}

/** A texture at random: plain, stripes, checks or blotches, each as often. */
export function drawTexture(random: Stream): Texture {
  switch (random.below(4)) {
    case 0:
      return () => 0;
    case 1:
      return wave(random);
    case 2: {
      const [one, other] = [wave(random), wave(random)];
      return (x, y) => one(x, y) * other(x, y);
    }
    default:
      return blotches(random);
  }
}
