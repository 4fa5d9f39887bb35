import { blues, greens, luma, mixed0, mixed1, mixed2, reds, storePixels } from "../runtime/color";
import { lanes, madd, share } from "../runtime/share";

// y[n] = x[n] with brightness, contrast, saturation and hue adjusted as row n states, in its order
//
// Arguments: x, rows, y, scratch, N, pixels. One image at a time a thread, in two passes: contrast blends with the mean luma
// of what the jitters before it made, so they come first.

// A row of core/ops/colorJitter.ts, in bytes.
const ROW_BYTES: usize = 24;
const APPLIES: usize = 0;
/** Of brightness, contrast, saturation and hue. */
const FACTORS: usize = 4;
const ORDER: usize = 20;

// The jitters by number; 0 is brightness, 3 hue.
const CONTRAST: u32 = 1;
const SATURATION: u32 = 2;

/** Pixels whose luma is summed before it joins the total, so that rounding errors stay small. */
const BLOCK: u32 = 256;

export function colorJitter(args: usize, thread: u32, threads: u32): void {
  const rows = load<usize>(args, 4);
  const N = load<u32>(args, 16);
  const pixels = load<u32>(args, 20);
  const bytes = <usize>pixels * 12;
  const end = share(N, 1, thread + 1, threads);
  for (let n = share(N, 1, thread, threads); n < end; n++) {
    const x = load<usize>(args) + <usize>n * bytes;
    const y = load<usize>(args, 8) + <usize>n * bytes;
    const row = rows + <usize>n * ROW_BYTES;
    if (load<f32>(row, APPLIES) == 0) {
      memory.copy(y, x, bytes);
      continue;
    }
    const order = <u32>load<f32>(row, ORDER);
    let contrast: u32 = 0;
    while (jitterAt(order, contrast) != CONTRAST && contrast < 3) contrast++;
    const total = adjust(x, y, pixels, row, 0, contrast, 0);
    adjust(y, y, pixels, row, contrast, 4, total / <f32>pixels);
  }
}

function jitterAt(order: u32, step: u32): u32 {
  return (order >> (2 * step)) & 3;
}

/** Applies the jitters from `step` to `end` of the row's order; returns the sum of the image's luma afterwards. */
function adjust(x: usize, y: usize, pixels: u32, row: usize, step: u32, end: u32, mean: f32): f32 {
  const order = <u32>load<f32>(row, ORDER);
  let total: f32 = 0;
  for (let start: u32 = 0; start < pixels; start += BLOCK) {
    const stop = min(start + BLOCK, pixels);
    let sum = f32x4.splat(0);
    for (let p = start; p < stop; p += 4) {
      const at = <usize>p * 12;
      const v0 = v128.load(x + at);
      const v1 = v128.load(x + at, 16);
      const v2 = v128.load(x + at, 32);
      let r = reds(v0, v1, v2);
      let g = greens(v0, v1, v2);
      let b = blues(v0, v1, v2);
      for (let k = step; k < end; k++) {
        const jitter = jitterAt(order, k);
        const f = load<f32>(row + FACTORS + ((<usize>jitter) << 2));
        if (jitter <= SATURATION) {
          let other = f32x4.splat(0); // brightness blends with black
          if (jitter == CONTRAST) other = f32x4.splat((1 - f) * mean);
          else if (jitter == SATURATION) other = f32x4.mul(f32x4.splat(1 - f), luma(r, g, b));
          r = blend(f, r, other);
          g = blend(f, g, other);
          b = blend(f, b, other);
        } else {
          const value = f32x4.pmax(r, f32x4.pmax(g, b));
          const chroma = f32x4.sub(value, f32x4.pmin(r, f32x4.pmin(g, b)));
          const hue = f32x4.add(sixths(r, g, b, value, chroma), f32x4.splat(6 * f));
          r = channel(value, chroma, hue, 5);
          g = channel(value, chroma, hue, 3);
          b = channel(value, chroma, hue, 1);
        }
      }
      const rest = stop - p;
      const within = i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(rest));
      sum = f32x4.add(sum, v128.and(luma(r, g, b), within));
      storePixels(y + at, mixed0(r, g, b), mixed1(r, g, b), mixed2(r, g, b), rest);
    }
    total += lanes(sum);
  }
  return total;
}

function blend(f: f32, v: v128, other: v128): v128 {
  return clamp(madd(f32x4.splat(f), v, other));
}

/** The hue in sixths of a turn, -1 .. 5; 0 for greys. */
function sixths(r: v128, g: v128, b: v128, value: v128, chroma: v128): v128 {
  const divisor = v128.bitselect(f32x4.splat(1), chroma, f32x4.eq(chroma, f32x4.splat(0)));
  const isRed = f32x4.eq(value, r);
  const isGreen = f32x4.eq(value, g);
  const difference = v128.bitselect(
    f32x4.sub(g, b),
    v128.bitselect(f32x4.sub(b, r), f32x4.sub(r, g), isGreen),
    isRed,
  );
  const base = v128.bitselect(f32x4.splat(0), v128.bitselect(f32x4.splat(2), f32x4.splat(4), isGreen), isRed);
  return f32x4.add(base, f32x4.div(difference, divisor));
}

/**
 * One colour of value - chroma clamp(min(k, 4 - k)), k = (shift + hue) mod 6, shift = 5 for red, 3 for green, 1 for blue:
 * the six cases of torchvision's _hsv2rgb in one formula (https://en.wikipedia.org/wiki/HSL_and_HSV#HSV_to_RGB_alternative).
 */
function channel(value: v128, chroma: v128, hue: v128, shift: f32): v128 {
  let k = f32x4.add(hue, f32x4.splat(shift));
  k = f32x4.sub(k, f32x4.mul(f32x4.splat(6), f32x4.floor(f32x4.mul(k, f32x4.splat(1.0 / 6.0)))));
  const ramp = f32x4.pmin(k, f32x4.sub(f32x4.splat(4), k));
  return f32x4.sub(value, f32x4.mul(chroma, clamp(ramp)));
}

/** To 0 .. 1. Pseudo-minimum and -maximum are one instruction each on x86-64, where the others are a handful. */
function clamp(v: v128): v128 {
  return f32x4.pmax(f32x4.pmin(v, f32x4.splat(1)), f32x4.splat(0));
}
