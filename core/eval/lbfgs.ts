/** A function at x: its value, and its gradient in an array of the caller's own. */
export type Objective = (x: Float64Array) => Promise<{ value: number; gradient: Float64Array }>;

export interface Minimum {
  x: Float64Array;
  value: number;
  /** Whether the gradient's largest entry fell to the tolerance; else the steps or the arithmetic's digits ran out. */
  converged: boolean;
  iterations: number;
}

const ARMIJO = 1e-4; // c1 and c2 of the Wolfe conditions; Nocedal and Wright, section 3.1
const CURVATURE = 0.9;
const NOISE = 1e-6; // of the value: within it the slopes decide; Hager and Zhang 2005, eq. 4.1, their epsilon
const TRIALS = 30; // of a step's length: halving it more often than this means that the value's digits ran out

/**
 * Limited-memory BFGS: Newton's method whose inverse Hessian is rebuilt from the last `memory` steps.
 *
 *     p = -H g by the two-loop recursion, x <- x + t p, t by bisection until both (weak) Wolfe conditions hold
 *
 * Nocedal and Wright 2006, algorithm 7.4. https://doi.org/10.1007/978-0-387-40065-5
 * Where the value's change drowns in its rounding, as in f32 near the minimum, decrease is told by the slopes: Hager and
 * Zhang 2005. https://doi.org/10.1137/030601880
 * The bisection: Lewis and Overton 2013, algorithm 2.6. https://doi.org/10.1007/s10107-012-0514-2
 */
export async function lbfgs(
  objective: Objective,
  start: Float64Array,
  { memory = 10, tolerance = 1e-5, maxIterations = 1000 } = {}, // scipy's memory; 1,000 steps as CLIP's linear probe
): Promise<Minimum> {
  let x = start;
  let { value, gradient } = await objective(x);
  const pairs: { s: Float64Array; y: Float64Array; rho: number }[] = []; // the oldest first
  for (let iterations = 0; ; iterations++) {
    const converged = largest(gradient) <= tolerance;
    if (converged || iterations === maxIterations) return { x, value, converged, iterations };

    const p = descent(gradient, pairs);
    const slope = dot(p, gradient);
    let [t, low, high] = [pairs.length ? 1 : 1 / Math.sqrt(dot(gradient, gradient)), 0, Infinity];
    let next: { x: Float64Array; value: number; gradient: Float64Array } | undefined;
    for (let trial = 0; trial < TRIALS && !next; trial++) {
      const there = x.map((xi, i) => xi + t * p[i]);
      const found = await objective(there);
      const slopeThere = dot(found.gradient, p);
      const decreases =
        found.value <= value + ARMIJO * t * slope ||
        (found.value <= value + NOISE * Math.abs(value) && slopeThere <= (2 * ARMIJO - 1) * slope);
      if (!decreases) high = t;
      else if (slopeThere < CURVATURE * slope) low = t;
      else next = { x: there, ...found };
      t = high < Infinity ? (low + high) / 2 : 2 * low;
    }
    if (!next) return { x, value, converged, iterations };

    const [s, y] = [difference(next.x, x), difference(next.gradient, gradient)];
    pairs.push({ s, y, rho: 1 / dot(s, y) }); // s y > 0, by the curvature condition
    if (pairs.length > memory) pairs.shift();
    ({ x, value, gradient } = next);
  }
}

/** -H g. */
function descent(g: Float64Array, pairs: { s: Float64Array; y: Float64Array; rho: number }[]): Float64Array {
  const p = g.map((gi) => -gi);
  const alpha = new Float64Array(pairs.length);
  for (let k = pairs.length - 1; k >= 0; k--) {
    const { s, y, rho } = pairs[k];
    alpha[k] = rho * dot(s, p);
    addTo(p, -alpha[k], y);
  }
  const last = pairs.at(-1);
  if (last) {
    const gamma = 1 / (last.rho * dot(last.y, last.y)); // s y / y y: the Hessian's scale
    for (let i = 0; i < p.length; i++) p[i] *= gamma;
  }
  for (const [k, { s, y, rho }] of pairs.entries()) addTo(p, alpha[k] - rho * dot(y, p), s);
  return p;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

function addTo(a: Float64Array, factor: number, b: Float64Array): void {
  for (let i = 0; i < a.length; i++) a[i] += factor * b[i];
}

const difference = (a: Float64Array, b: Float64Array) => a.map((ai, i) => ai - b[i]);
const largest = (a: Float64Array) => a.reduce((most, ai) => Math.max(most, Math.abs(ai)), 0);
