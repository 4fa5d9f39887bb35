import { exp4 } from "./math";
import { lanes, madd } from "./share";

// Reductions of one row. The last vector may hold numbers of what follows; they are masked.

/** v in the first `count` lanes, `other` in the rest. */
function first(v: v128, count: u32, other: v128): v128 {
  if (count >= 4) return v;
  return v128.bitselect(v, other, i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(count)));
}

/** sum over i of a[i] * b[i] */
export function dot(a: usize, b: usize, count: u32): f32 {
  let total = f32x4.splat(0);
  for (let i: u32 = 0; i < count; i += 4) {
    const product = f32x4.mul(v128.load(a + ((<usize>i) << 2)), v128.load(b + ((<usize>i) << 2)));
    total = f32x4.add(total, first(product, count - i, f32x4.splat(0)));
  }
  return lanes(total);
}

/** The largest of x[0..count]. */
export function largest(x: usize, count: u32): f32 {
  let top = f32x4.splat(-f32.POSITIVE_INFINITY);
  for (let i: u32 = 0; i < count; i += 4)
    top = f32x4.pmax(top, first(v128.load(x + ((<usize>i) << 2)), count - i, top));
  return max(
    max(f32x4.extract_lane(top, 0), f32x4.extract_lane(top, 1)),
    max(f32x4.extract_lane(top, 2), f32x4.extract_lane(top, 3)),
  );
}

/** sum over i of exp(x[i] - top) */
export function sumExp(x: usize, count: u32, top: f32): f32 {
  let total = f32x4.splat(0);
  for (let i: u32 = 0; i < count; i += 4) {
    const power = exp4(f32x4.sub(v128.load(x + ((<usize>i) << 2)), f32x4.splat(top)));
    total = f32x4.add(total, first(power, count - i, f32x4.splat(0)));
  }
  return lanes(total);
}

/** Adds the exponentials of `count` scores of four rows, `step` bytes apart, to their sums, under a new maximum if there is one. */
export function absorb(scores: usize, step: usize, count: u32, tops: usize, sums: usize): void {
  const before = v128.load(tops);
  const end = scores + count * step;
  let top = before;
  for (let p = scores; p < end; p += step) top = f32x4.pmax(top, v128.load(p));
  let sum = f32x4.splat(0);
  for (let p = scores; p < end; p += step) sum = f32x4.add(sum, exp4(f32x4.sub(v128.load(p), top)));
  v128.store(tops, top);
  v128.store(sums, madd(v128.load(sums), exp4(f32x4.sub(before, top)), sum));
}
