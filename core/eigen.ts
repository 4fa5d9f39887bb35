import { stream } from "./random.ts";

const EPS = Number.EPSILON;

/**
 * Eigenvalues of a symmetric matrix, the largest first, to within some n EPS of the largest in size.
 *
 *     a [n, n], destroyed -> [n]
 *
 * Householder's reduction to a tridiagonal matrix, then implicit QR steps with Wilkinson's shift: 4/3 n^3 products.
 * Golub and Van Loan 2013, algorithms 8.3.1 to 8.3.3. Not a number where an entry is none.
 */
export function eigenvalues(a: Float64Array, n: number): Float64Array {
  const { diagonal, beside } = atOnce(tridiagonal(a, n));
  return atOnce(diagonalised(diagonal, beside)).sort().reverse();
}

/** The largest eigenvalues, in order, and their eigenvectors of unit length. */
export interface Eigen {
  values: Float64Array; // [count]
  vectors: Float64Array; // [count, n], one a row; the component largest in size is positive
}

/**
 * The `count` largest eigenvalues as `eigenvalues` has them, and vectors that are orthogonal to within rounding: 2 n^2 count
 * products more, in turns with whatever else the thread has to do.
 *
 * Vectors of the tridiagonal matrix by inverse iteration, each kept apart from those before, then reflected back. Golub and
 * Van Loan 2013, section 8.2.2.
 */
export async function eigen(a: Float64Array, n: number, count = n): Promise<Eigen> {
  const reflections: Reflection[] = [];
  const matrix = await inTurns(tridiagonal(a, n, reflections));
  const all = await inTurns(diagonalised(matrix.diagonal.slice(), matrix.beside.slice()));
  const values = all.sort().reverse().slice(0, count);
  const vectors = new Float64Array(count * n);
  await inTurns(iterated(matrix, values, vectors));
  await inTurns(reflectedBack(vectors, n, reflections));
  return { values, vectors };
}

/** Work that stops where others may have a turn. */
type Slices<T> = Generator<void, T>;

function atOnce<T>(work: Slices<T>): T {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}

/** Milliseconds after which others have a turn. */
const TURN = 50;

async function inTurns<T>(work: Slices<T>): Promise<T> {
  for (let since = performance.now(); ; ) {
    const { done, value } = work.next();
    if (done) return value;
    if (performance.now() - since < TURN) continue;
    await new Promise((next) => setTimeout(next));
    since = performance.now();
  }
}

interface Tridiagonal {
  diagonal: Float64Array; // [n]
  /** [n]; entry k is that of row k + 1, column k; the last is 0. */
  beside: Float64Array;
}

/** H = 1 - 2 v v^T / v^T v on the last components of a vector, as many as v has. */
interface Reflection {
  v: Float64Array;
  square: number;
}

/** Reflections clear a column below the entry beside the diagonal, one after another, and keep all eigenvalues; `kept` lists them. */
function* tridiagonal(a: Float64Array, n: number, kept?: Reflection[]): Slices<Tridiagonal> {
  const [diagonal, beside] = [new Float64Array(n), new Float64Array(n)];
  const [v, w] = [new Float64Array(n), new Float64Array(n)];
  const nothing = (EPS * a.reduce((most, x) => Math.max(most, Math.abs(x)), 0)) ** 2; // of a column's square
  for (let k = 0; k < n; k++) {
    diagonal[k] = a[k * n + k];
    if (k === n - 1) break;
    let below = 0;
    for (let i = k + 2; i < n; i++) below += a[i * n + k] ** 2;
    const head = a[(k + 1) * n + k];
    beside[k] = head;
    if (below <= nothing) continue;
    const length = Math.sqrt(head * head + below);
    beside[k] = head > 0 ? -length : length;
    for (let i = k + 1; i < n; i++) v[i] = a[i * n + k];
    v[k + 1] -= beside[k];
    const square = reflect(a, n, k + 1, v, w);
    kept?.push({ v: v.slice(k + 1), square });
    yield;
  }
  return { diagonal, beside };
}

/**
 * a <- H a H with H = 1 - 2 v v^T / v^T v, on rows and columns from `from` on: a - v w^T - w v^T, below the diagonal and on it.
 * Gives v^T v.
 */
function reflect(a: Float64Array, n: number, from: number, v: Float64Array, w: Float64Array): number {
  let square = 0;
  for (let i = from; i < n; i++) square += v[i] * v[i];
  const beta = 2 / square;
  w.fill(0, from);
  for (let i = from; i < n; i++) {
    const [row, own] = [i * n, v[i]];
    let sum = a[row + i] * own;
    for (let j = from; j < i; j++) {
      sum += a[row + j] * v[j];
      w[j] += a[row + j] * own;
    }
    w[i] += sum;
  }
  let along = 0; // p . v with p = beta a v
  for (let i = from; i < n; i++) along += beta * w[i] * v[i];
  for (let i = from; i < n; i++) w[i] = beta * (w[i] - (along / 2) * v[i]);
  for (let i = from; i < n; i++) {
    const [row, vi, wi] = [i * n, v[i], w[i]];
    for (let j = from; j <= i; j++) a[row + j] -= vi * w[j] + wi * v[j];
  }
  return square;
}

/** Vectors of the tridiagonal matrix become those of the matrix that it was made of; signs are settled. */
function* reflectedBack(vectors: Float64Array, n: number, reflections: readonly Reflection[]): Slices<void> {
  for (let first = 0; first < vectors.length; first += n) {
    const x = vectors.subarray(first, first + n);
    for (let k = reflections.length - 1; k >= 0; k--) {
      const { v, square } = reflections[k];
      const from = n - v.length;
      let along = 0;
      for (let i = 0; i < v.length; i++) along += v[i] * x[from + i];
      along *= 2 / square;
      for (let i = 0; i < v.length; i++) x[from + i] -= along * v[i];
    }
    const largest = x.reduce((best, each) => (Math.abs(each) > Math.abs(best) ? each : best), 0);
    if (largest < 0) for (let i = 0; i < n; i++) x[i] = -x[i];
    yield;
  }
}

/** Times that a vector is parted from those before, after each step of inverse iteration: once, then twice, to within rounding. */
const PARTINGS = [1, 2];

/** Unit vectors that the matrix stretches by `values`, one a row of `vectors`. */
function* iterated(matrix: Tridiagonal, values: Float64Array, vectors: Float64Array): Slices<void> {
  const n = matrix.diagonal.length;
  const random = stream(0, "eigen");
  for (const [k, value] of values.entries()) {
    const x = vectors.subarray(k * n, (k + 1) * n);
    for (let i = 0; i < n; i++) x[i] = random.uniform() - 0.5;
    const solve = shifted(matrix, value);
    for (const times of PARTINGS) {
      solve(x);
      for (let i = 0; i < times; i++) {
        normalise(x);
        part(vectors, k, x);
      }
    }
    normalise(x);
    yield;
  }
}

/** x less what it has of the first `count` rows, which are orthogonal and of unit length. */
function part(rows: Float64Array, count: number, x: Float64Array): void {
  const n = x.length;
  for (let first = 0; first < count * n; first += n) {
    let along = 0;
    for (let i = 0; i < n; i++) along += x[i] * rows[first + i];
    for (let i = 0; i < n; i++) x[i] -= along * rows[first + i];
  }
}

function normalise(x: Float64Array): void {
  const most = x.reduce((best, each) => Math.max(best, Math.abs(each)), 0); // its square may be no number
  let square = 0;
  for (let i = 0; i < x.length; i++) square += (x[i] / most) ** 2;
  const length = most * Math.sqrt(square);
  for (let i = 0; i < x.length; i++) x[i] /= length;
}

/**
 * Solves (T - value) y = x in place, by elimination with partial pivoting; a pivot of 0, as all values have one but for rounding,
 * is replaced by the least number that counts. Golub and Van Loan 2013, section 4.3.
 */
function shifted({ diagonal: d, beside: e }: Tridiagonal, value: number): (x: Float64Array) => void {
  const n = d.length;
  const least = EPS * (d.reduce((most, x, k) => Math.max(most, Math.abs(x) + Math.abs(e[k])), 0) || 1);
  const [u, first, second, factor] = Array.from({ length: 4 }, () => new Float64Array(n)); // u and two above it
  const swapped = new Uint8Array(n);
  [u[0], first[0]] = [d[0] - value, e[0]];
  for (let i = 0; i < n; i++) {
    const next = i + 1 < n ? d[i + 1] - value : 0;
    if (Math.abs(e[i]) > Math.abs(u[i])) {
      swapped[i] = 1;
      factor[i] = u[i] / e[i];
      if (i + 1 < n) [u[i + 1], first[i + 1]] = [first[i] - factor[i] * next, -factor[i] * e[i + 1]];
      [u[i], first[i], second[i]] = [e[i], next, e[i + 1] ?? 0];
    } else {
      if (Math.abs(u[i]) < least) u[i] = least;
      factor[i] = e[i] / u[i];
      if (i + 1 < n) [u[i + 1], first[i + 1]] = [next - factor[i] * first[i], e[i + 1]];
    }
  }
  return (x) => {
    for (let i = 0; i + 1 < n; i++) {
      if (swapped[i]) [x[i], x[i + 1]] = [x[i + 1], x[i]];
      x[i + 1] -= factor[i] * x[i];
    }
    for (let i = n - 1; i >= 0; i--)
      x[i] = (x[i] - first[i] * (x[i + 1] ?? 0) - second[i] * (x[i + 2] ?? 0)) / u[i];
  };
}

/**
 * Entries beside the diagonal are driven to 0 from the last one up; what is then on the diagonal are the eigenvalues.
 */
function* diagonalised(d: Float64Array, e: Float64Array): Slices<Float64Array> {
  const scale = d.reduce((most, x, k) => most + Math.abs(x) + Math.abs(e[k]), 0) / d.length;
  if (!Number.isFinite(scale)) return d.fill(Number.NaN);
  const isSmall = (k: number) => Math.abs(e[k]) <= EPS * scale;
  for (let last = d.length - 1; last > 0; ) {
    if (isSmall(last - 1)) {
      last--;
      continue;
    }
    let first = last - 1;
    while (first > 0 && !isSmall(first - 1)) first--;
    sweep(d, e, first, last);
    yield;
  }
  return d;
}

/** One implicit QR step on the rows from `first` to `last`: rotations chase the bulge of the first out at the end. */
function sweep(d: Float64Array, e: Float64Array, first: number, last: number): void {
  const half = (d[last - 1] - d[last]) / 2;
  const corner = e[last - 1];
  const root = Math.sqrt(half * half + corner * corner);
  const shift = d[last] - (corner * corner) / (half + (half < 0 ? -root : root));
  let x = d[first] - shift;
  let bulge = e[first];
  for (let k = first; k < last; k++) {
    const r = Math.sqrt(x * x + bulge * bulge);
    const [c, s] = r ? [x / r, bulge / r] : [1, 0];
    if (k > first) e[k - 1] = r;
    const [p, q, b] = [d[k], d[k + 1], e[k]];
    d[k] = c * c * p + 2 * c * s * b + s * s * q;
    d[k + 1] = s * s * p - 2 * c * s * b + c * c * q;
    e[k] = c * s * (q - p) + (c * c - s * s) * b;
    x = e[k];
    if (k === last - 1) continue;
    bulge = s * e[k + 1];
    e[k + 1] *= c;
  }
}
