/**
 * exp, log, cos and sin in plain double arithmetic: the same bits on every machine and in every version of Node.
 *
 * JavaScript leaves the last bits of Math.exp and its kin to the engine, and V8 has changed them between
 * releases. Here only + - * / and floor are used, which IEEE 754 fixes. The polynomials are fdlibm's
 * (Sun Microsystems 1993, e_exp.c, e_log.c, k_cos.c, k_sin.c, e_rem_pio2.c; https://www.netlib.org/fdlibm),
 * whose error stays below one unit in the last place.
 */

const LN2_HI = 0.6931471803691238; // the upper 32 bits of ln 2: k * LN2_HI is exact
const LN2_LO = 1.9082149292705877e-10;

/** e^x. Overflows to Infinity above 709.78, underflows to 0 below -745.13. */
export function exp(x: number): number {
  if (!(x > -746)) return x < 0 ? 0 : Number.NaN;
  if (x > 710) return Number.POSITIVE_INFINITY;
  const k = Math.floor(x * Math.LOG2E + 0.5);
  const hi = x - k * LN2_HI;
  const lo = k * LN2_LO;
  const r = hi - lo; // |r| <= ln 2 / 2
  const t = r * r;
  const c =
    r -
    t *
      (0.16666666666666602 +
        t *
          (-0.0027777777777015593 +
            t * (6.613756321437934e-5 + t * (-1.6533902205465252e-6 + t * 4.1381367970572385e-8))));
  const y = 1 - (lo - (r * c) / (2 - c) - hi);
  const half = Math.floor(k / 2); // 2^k in two factors: 2^1024 and 2^-1074 are out of reach of one
  return y * powerOfTwo(half) * powerOfTwo(k - half);
}

/** The natural logarithm of x. -Infinity at 0, NaN below. */
export function log(x: number): number {
  if (!(x > 0)) return x === 0 ? Number.NEGATIVE_INFINITY : Number.NaN;
  if (x === Number.POSITIVE_INFINITY) return x;
  const subnormal = x < MIN_NORMAL;
  let m = subnormal ? x * TWO_54 : x;
  let k = subnormal ? -54 : 0;
  if (x < 1) {
    for (const [p, up, down] of BINADES) if (m < down) [m, k] = [m * up, k - p];
  } else {
    for (const [p, up, down] of BINADES) if (m >= up) [m, k] = [m * down, k + p];
  }
  if (m > Math.SQRT2) [m, k] = [m / 2, k + 1];
  else if (m < Math.SQRT1_2) [m, k] = [m * 2, k - 1];
  const f = m - 1; // x = 2^k (1 + f), sqrt(1/2) <= 1 + f <= sqrt 2
  const s = f / (2 + f);
  const z = s * s;
  const w = z * z;
  const even = w * (0.3999999999940942 + w * (0.22222198432149784 + w * 0.15313837699209373));
  const odd =
    z * (0.6666666666666735 + w * (0.2857142874366239 + w * (0.1818357216161805 + w * 0.14798198605116586)));
  const h = 0.5 * f * f;
  return k * LN2_HI - (h - (s * (h + even + odd) + k * LN2_LO) - f);
}

/** The cosine of x radians, for |x| <= 1e6 (throws beyond, where the reduction would lose digits). */
export const cos = (x: number): number => cosineLater("cos", x, 0);

/** The sine of x radians, for |x| <= 1e6 (throws beyond). */
export const sin = (x: number): number => cosineLater("sin", x, 3);

/** The cosine of x after so many quarter turns; of three, it is the sine. */
function cosineLater(name: string, x: number, quarters: number): number {
  if (!(x >= -1e6 && x <= 1e6)) throw new RangeError(`${name}: x must lie within [-1e6, 1e6]; got ${x}`);
  const n = Math.floor(x * 0.6366197723675814 + 0.5);
  const t = x - n * 1.5707963267341256; // pi / 2 in two parts of 33 bits and a tail
  const w = n * 6.077100506303966e-11;
  const r = t - w;
  const tail = n * 2.0222662487959506e-21 - (t - r - w);
  const y = r - tail;
  const dy = r - y - tail; // y + dy = x - n pi / 2, |y| <= pi / 4
  const quadrant = n + quarters - 4 * Math.floor((n + quarters) / 4);
  const value = quadrant % 2 === 0 ? cosine(y, dy) : sine(y, dy);
  return quadrant === 1 || quadrant === 2 ? -value : value;
}

/** cos(y + dy) for |y| <= pi / 4. */
function cosine(y: number, dy: number): number {
  const z = y * y;
  const r =
    z *
    (0.0416666666666666 +
      z *
        (-0.001388888888887411 +
          z *
            (2.480158728947673e-5 +
              z * (-2.7557314351390663e-7 + z * (2.087572321298175e-9 + z * -1.1359647557788195e-11)))));
  const h = 0.5 * z;
  const w = 1 - h;
  return w + (1 - w - h + (z * r - y * dy));
}

/** sin(y + dy) for |y| <= pi / 4. */
function sine(y: number, dy: number): number {
  const z = y * y;
  const v = z * y;
  const r =
    0.00833333333332249 +
    z *
      (-0.0001984126982985795 +
        z * (2.7557313707070068e-6 + z * (-2.5050760253406863e-8 + z * 1.58969099521155e-10)));
  return y - (z * (0.5 * dy - v * r) - dy - v * -0.16666666666666632);
}

/** 2^k for |k| <= 1023, exact: squaring a power of two does not round. */
function powerOfTwo(k: number): number {
  let power = 1;
  let base = k < 0 ? 0.5 : 2;
  for (let n = k < 0 ? -k : k; n > 0; n = Math.floor(n / 2)) {
    if (n % 2 === 1) power *= base;
    base *= base;
  }
  return power;
}

const TWO_54 = powerOfTwo(54);
const MIN_NORMAL = powerOfTwo(-1022);

/** [p, 2^p, 2^-p] for p = 512, 256, ..., 1: enough to bring any double to within a factor of two of 1. */
const BINADES: readonly (readonly [p: number, up: number, down: number])[] = Array.from(
  { length: 10 },
  (_, i) => {
    const p = powerOfTwo(9 - i);
    return [p, powerOfTwo(p), powerOfTwo(-p)];
  },
);
