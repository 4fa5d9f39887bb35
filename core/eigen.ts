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

/** Eigenvalues, the largest first, and eigenvectors of unit length in the same order. */
export interface Eigen {
  values: Float64Array; // [n]
  vectors: Float64Array; // [n, n], one a row; the component largest in size is positive
}

/**
 * As `eigenvalues`, with the vectors, which are orthogonal to within rounding: 6 n^3 products more, which take minutes at
 * n = 2048, in turns with whatever else the thread has to do.
 */
export async function eigen(a: Float64Array, n: number): Promise<Eigen> {
  const rows = new Float64Array(n * n);
  for (let i = 0; i < n; i++) rows[i * n + i] = 1;
  const { diagonal, beside } = await inTurns(tridiagonal(a, n, rows));
  await inTurns(diagonalised(diagonal, beside, rows));
  const order = Array.from(diagonal.keys()).sort((i, j) => diagonal[j] - diagonal[i] || i - j);
  const vectors = new Float64Array(n * n);
  for (const [to, from] of order.entries()) {
    const row = rows.subarray(from * n, (from + 1) * n);
    const largest = row.reduce((best, x) => (Math.abs(x) > Math.abs(best) ? x : best), 0);
    for (let i = 0; i < n; i++) vectors[to * n + i] = largest < 0 ? -row[i] : row[i];
  }
  return { values: Float64Array.from(order, (i) => diagonal[i]), vectors };
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

/**
 * Reflections clear a column below the entry beside the diagonal, one after another, and keep all eigenvalues; `rows`
 * [n, n] are reflected along.
 */
function* tridiagonal(a: Float64Array, n: number, rows?: Float64Array): Slices<Tridiagonal> {
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
    reflect(a, n, k + 1, v, w);
    if (rows) reflectRows(rows, n, k + 1, v, w);
    yield;
  }
  return { diagonal, beside };
}

/** rows <- H rows, on rows from `from` on: rows - v w^T with w = beta rows^T v. */
function reflectRows(rows: Float64Array, n: number, from: number, v: Float64Array, w: Float64Array): void {
  let square = 0;
  w.fill(0);
  for (let i = from; i < n; i++) {
    square += v[i] * v[i];
    for (let j = 0; j < n; j++) w[j] += v[i] * rows[i * n + j];
  }
  for (let i = from; i < n; i++) {
    const factor = (2 / square) * v[i];
    for (let j = 0; j < n; j++) rows[i * n + j] -= factor * w[j];
  }
}

/** a <- H a H with H = 1 - 2 v v^T / v^T v, on rows and columns from `from` on: a - v w^T - w v^T. */
function reflect(a: Float64Array, n: number, from: number, v: Float64Array, w: Float64Array): void {
  let square = 0;
  for (let i = from; i < n; i++) square += v[i] * v[i];
  const beta = 2 / square;
  let along = 0; // p . v with p = beta a v
  for (let i = from; i < n; i++) {
    let sum = 0;
    for (let j = from; j < n; j++) sum += a[i * n + j] * v[j];
    w[i] = beta * sum;
    along += w[i] * v[i];
  }
  for (let i = from; i < n; i++) w[i] -= (beta / 2) * along * v[i];
  for (let i = from; i < n; i++) for (let j = from; j < n; j++) a[i * n + j] -= v[i] * w[j] + w[i] * v[j];
}

/**
 * Entries beside the diagonal are driven to 0 from the last one up; what is then on the diagonal are the eigenvalues.
 * `rows` [n, n] are rotated along.
 */
function* diagonalised(d: Float64Array, e: Float64Array, rows?: Float64Array): Slices<Float64Array> {
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
    sweep(d, e, first, last, rows);
    yield;
  }
  return d;
}

/** One implicit QR step on the rows from `first` to `last`: rotations chase the bulge of the first out at the end. */
function sweep(d: Float64Array, e: Float64Array, first: number, last: number, rows?: Float64Array): void {
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
    if (rows) rotate(rows, d.length, k, c, s);
    if (k === last - 1) continue;
    bulge = s * e[k + 1];
    e[k + 1] *= c;
  }
}

/** Turns rows k and k + 1 into one another. */
function rotate(rows: Float64Array, n: number, k: number, c: number, s: number): void {
  for (let i = k * n, j = i + n; i < (k + 1) * n; i++, j++) {
    const [x, y] = [rows[i], rows[j]];
    rows[i] = c * x + s * y;
    rows[j] = c * y - s * x;
  }
}
