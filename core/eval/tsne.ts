import { exp, log } from "../math.ts";
import { stream } from "../random.ts";

/** Iterations in all, and of them at the beginning those in which attraction is exaggerated, by so much. */
const ITERATIONS = 600;
const EARLY = 200; // 250 of 1,000 in van der Maaten 2014, section 4.2
const EXAGGERATION = 12; // the same
/** Inertia before and after iteration 250: van der Maaten & Hinton 2008, section 3.4, have 0.5 and 0.8. */
const MOMENTUM = [0.5, 0.8];
const SWITCH = 250;
/** Of the step a coordinate takes, where its gradient keeps its sign or turns, and the least: the authors' code. */
const [GAIN, LOSS, LEAST] = [0.2, 0.8, 0.01];

/**
 * t-SNE: a map in which points that are neighbours among the rows are neighbours too.
 *
 *     p[j | i] = exp(-|x_i - x_j|^2 / 2 s_i^2), normalised over j, s_i such that exp(entropy) is the perplexity
 *     p[i, j] = (p[j | i] + p[i | j]) / 2n,   q[i, j] = 1 / (1 + |y_i - y_j|^2), normalised over all pairs
 *     y minimises sum over pairs of p log(p / q), by gradient descent from small normal y
 *
 *     rows [count, dimension] -> y [count, 2]
 *
 * Exact, so that time and memory grow with the square of the count: for a thousand rows or two. A function of the rows
 * and the seed alone. Throws RangeError where there are not more rows than the perplexity asks for neighbours.
 *
 * Van der Maaten & Hinton 2008. https://www.jmlr.org/papers/v9/vandermaaten08a.html; exaggeration as in van der Maaten 2014,
 * https://jmlr.org/papers/v15/vandermaaten14a.html, and the rate count / exaggeration of Belkina et al. 2019,
 * https://doi.org/10.1038/s41467-019-13055-y, but at least 50.
 */
export function tsne(
  { values, count, dimension }: { values: Float32Array; count: number; dimension: number },
  { perplexity = 30, seed = 0 }: { perplexity?: number; seed?: number } = {},
): Float64Array<ArrayBuffer> {
  if (!(perplexity >= 1 && perplexity <= count - 1))
    throw new RangeError(`tsne: a perplexity of ${perplexity} takes more than as many rows; got ${count}`);
  const p = joint(squaredDistances(values, count, dimension), count, perplexity);
  const random = stream(seed, "tsne");
  const y = Float64Array.from({ length: 2 * count }, () => 1e-4 * random.normal());
  const [velocity, gains] = [new Float64Array(2 * count), new Float64Array(2 * count).fill(1)];
  const rate = Math.max(50, count / EXAGGERATION);
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    const dy = gradient(p, y, count, iteration < EARLY ? EXAGGERATION : 1);
    const momentum = MOMENTUM[Number(iteration >= SWITCH)];
    for (let i = 0; i < 2 * count; i++) {
      const turns = dy[i] > 0 === velocity[i] > 0; // y goes against its gradient
      gains[i] = Math.max(LEAST, turns ? LOSS * gains[i] : GAIN + gains[i]);
      velocity[i] = momentum * velocity[i] - rate * gains[i] * dy[i];
      y[i] += velocity[i];
    }
    centre(y);
  }
  return y;
}

/** [count, count] */
function squaredDistances(values: Float32Array, count: number, dimension: number): Float64Array {
  const d2 = new Float64Array(count * count);
  for (let i = 0; i < count; i++)
    for (let j = 0; j < i; j++) {
      let sum = 0;
      for (let k = 0; k < dimension; k++) {
        const d = values[i * dimension + k] - values[j * dimension + k];
        sum += d * d;
      }
      d2[i * count + j] = d2[j * count + i] = sum;
    }
  return d2;
}

/** p[i, j] of squared distances. */
function joint(d2: Float64Array, count: number, perplexity: number): Float64Array {
  const p = new Float64Array(count * count);
  for (let i = 0; i < count; i++) {
    const row = neighbours(d2.subarray(i * count, (i + 1) * count), i, perplexity);
    for (let j = 0; j < count; j++) {
      p[i * count + j] += row[j] / (2 * count);
      p[j * count + i] += row[j] / (2 * count);
    }
  }
  return p;
}

/** p[j | i] for all j: bisects 1 / 2 s^2 until the entropy is that of the perplexity. */
function neighbours(d2: Float64Array, i: number, perplexity: number): Float64Array {
  const p = new Float64Array(d2.length);
  const nearest = d2.reduce(
    (least, d, j) => (j === i ? least : Math.min(least, d)),
    Number.POSITIVE_INFINITY,
  );
  let [low, beta, high] = [0, 1, Number.POSITIVE_INFINITY];
  for (let attempt = 0; attempt < 60; attempt++) {
    let [sum, weighted] = [0, 0];
    for (let j = 0; j < d2.length; j++) {
      const d = d2[j] - nearest; // the nearest has weight 1: no sum vanishes
      p[j] = j === i ? 0 : exp(-beta * d);
      sum += p[j];
      weighted += p[j] * d;
    }
    const entropy = log(sum) + (beta * weighted) / sum;
    for (let j = 0; j < d2.length; j++) p[j] /= sum;
    const excess = entropy - log(perplexity);
    if (Math.abs(excess) < 1e-5) break;
    if (excess > 0) [low, beta] = [beta, high === Number.POSITIVE_INFINITY ? 2 * beta : (beta + high) / 2];
    else [high, beta] = [beta, (low + beta) / 2];
  }
  return p;
}

/** dy[i] = 4 sum over j of (exaggeration p - q)[i, j] (y_i - y_j) / (1 + |y_i - y_j|^2); equation 5. */
function gradient(p: Float64Array, y: Float64Array, count: number, exaggeration: number): Float64Array {
  const dy = new Float64Array(2 * count);
  const repulsion = new Float64Array(2 * count); // before q is normalised
  let sum = 0;
  for (let i = 0; i < count; i++)
    for (let j = 0; j < i; j++) {
      const [dx, dz] = [y[2 * i] - y[2 * j], y[2 * i + 1] - y[2 * j + 1]];
      const near = 1 / (1 + dx * dx + dz * dz);
      sum += 2 * near;
      const pull = exaggeration * p[i * count + j] * near;
      const push = near * near;
      dy[2 * i] += pull * dx;
      dy[2 * i + 1] += pull * dz;
      dy[2 * j] -= pull * dx;
      dy[2 * j + 1] -= pull * dz;
      repulsion[2 * i] += push * dx;
      repulsion[2 * i + 1] += push * dz;
      repulsion[2 * j] -= push * dx;
      repulsion[2 * j + 1] -= push * dz;
    }
  for (let i = 0; i < dy.length; i++) dy[i] = 4 * (dy[i] - repulsion[i] / sum);
  return dy;
}

function centre(y: Float64Array): void {
  for (const axis of [0, 1]) {
    let sum = 0;
    for (let i = axis; i < y.length; i += 2) sum += y[i];
    for (let i = axis; i < y.length; i += 2) y[i] -= (2 * sum) / y.length;
  }
}
