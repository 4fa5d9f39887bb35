import { madd } from "./share";

// Transcendentals of four lanes, from polynomials alone: Mathf's tables would lie where the control words are.

/**
 * e^x within about 1 ulp; 0 below -104, infinite above 88.73, denormals in between.
 * x = n log 2 + r with |r| <= log(2) / 2; the polynomial is Cephes' expf. https://netlib.org/cephes
 *
 * pmin and pmax are one instruction each where min and max are eight, and let a NaN pass. Adding 1.5 * 2^23 rounds to an
 * integer n and leaves it in the low bits, from where it is shifted into the exponents of two factors: 2^128 and 2^-150
 * are out of reach of one.
 */
export function exp4(x: v128): v128 {
  x = f32x4.pmin(f32x4.pmax(x, f32x4.splat(-104)), f32x4.splat(89));
  const bits = madd(x, f32x4.splat(1.44269504), f32x4.splat(12582912));
  const n = f32x4.sub(bits, f32x4.splat(12582912));
  let r = madd(n, f32x4.splat(-0.693359375), x); // log 2 in two parts: n times the first is exact
  r = madd(n, f32x4.splat(2.1219444e-4), r);
  let p = madd(r, f32x4.splat(1.98756915e-4), f32x4.splat(1.3981999507e-3));
  p = madd(p, r, f32x4.splat(8.3334519073e-3));
  p = madd(p, r, f32x4.splat(4.1665795894e-2));
  p = madd(p, r, f32x4.splat(1.6666665459e-1));
  p = madd(p, r, f32x4.splat(5.0000001201e-1));
  p = f32x4.add(madd(p, f32x4.mul(r, r), r), f32x4.splat(1));
  const half = i32x4.shr_s(bits, 1);
  const other = i32x4.shl(i32x4.sub(bits, half), 23);
  return f32x4.mul(i32x4.add(p, i32x4.shl(half, 23)), i32x4.add(other, f32x4.splat(1)));
}

/**
 * log x within about 1 ulp; -infinite at 0, not a number below.
 * x = 2^k (1 + f) with sqrt(1/2) <= 1 + f < sqrt 2; the polynomial is FreeBSD's e_logf.c (after fdlibm).
 */
export function log4(x: v128): v128 {
  const subnormal = f32x4.lt(x, f32x4.splat(1.17549435e-38));
  const bits = i32x4.add(
    v128.bitselect(f32x4.mul(x, f32x4.splat(33554432)), x, subnormal), // times 2^25
    i32x4.splat(0x3f800000 - 0x3f3504f3),
  );
  const exponent = i32x4.sub(i32x4.shr_s(bits, 23), i32x4.splat(127));
  const k = f32x4.convert_i32x4_s(i32x4.sub(exponent, v128.and(subnormal, i32x4.splat(25))));
  const mantissa = i32x4.add(v128.and(bits, i32x4.splat(0x7fffff)), i32x4.splat(0x3f3504f3));
  const f = f32x4.sub(mantissa, f32x4.splat(1));
  const s = f32x4.div(f, f32x4.add(f, f32x4.splat(2)));
  const z = f32x4.mul(s, s);
  const w = f32x4.mul(z, z);
  const even = f32x4.mul(w, madd(w, f32x4.splat(0.24279078841), f32x4.splat(0.40000972152)));
  const odd = f32x4.mul(z, madd(w, f32x4.splat(0.28498786688), f32x4.splat(0.66666662693)));
  const h = f32x4.mul(f32x4.mul(f, f), f32x4.splat(0.5));
  let y = f32x4.mul(s, f32x4.add(h, f32x4.add(even, odd)));
  y = f32x4.sub(madd(k, f32x4.splat(9.0580006145e-6), y), h); // log 2 in two parts: k times the first is exact
  y = madd(k, f32x4.splat(0.69313812256), f32x4.add(y, f));
  y = v128.bitselect(x, y, f32x4.eq(x, f32x4.splat(f32.POSITIVE_INFINITY)));
  y = v128.bitselect(f32x4.splat(f32.NaN), y, v128.not(f32x4.ge(x, f32x4.splat(0))));
  return v128.bitselect(f32x4.splat(-f32.POSITIVE_INFINITY), y, f32x4.eq(x, f32x4.splat(0)));
}

/**
 * log(1 + t) for 0 <= t <= 1 within about 1 ulp, however small t is.
 * With s = t / (2 + t) <= 1/3 it is 2 artanh s = 2 s + s r, where r = 2 s^2 / 3 + 2 s^4 / 5 + ...; what is cut off is below
 * 2^-26 of it all. 2 s is t - s t, so that t itself is not rounded.
 */
export function log1p4(t: v128): v128 {
  const s = f32x4.div(t, f32x4.add(t, f32x4.splat(2)));
  const z = f32x4.mul(s, s);
  let r = madd(z, f32x4.splat(<f32>(2.0 / 13.0)), f32x4.splat(<f32>(2.0 / 11.0)));
  r = madd(z, r, f32x4.splat(<f32>(2.0 / 9.0)));
  r = madd(z, r, f32x4.splat(<f32>(2.0 / 7.0)));
  r = madd(z, r, f32x4.splat(<f32>(2.0 / 5.0)));
  r = f32x4.mul(z, madd(z, r, f32x4.splat(<f32>(2.0 / 3.0))));
  return madd(s, f32x4.sub(r, t), t);
}

/** e^x and log x of one number: the bits of a lane. */
export function exp1(x: f32): f32 {
  return f32x4.extract_lane(exp4(f32x4.splat(x)), 0);
}

export function log1(x: f32): f32 {
  return f32x4.extract_lane(log4(f32x4.splat(x)), 0);
}
