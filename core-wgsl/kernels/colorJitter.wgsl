// y[n] = x[n] with brightness, contrast, saturation and hue adjusted as row n states, in its order
//
// One workgroup an image, in two passes over its pixels. Contrast blends with the mean luma of what the jitters before it
// made: the first pass applies these and sums, the second starts anew and applies all four.

// workgroups: N
const WG = 256u;

// A row of core/ops/colorJitter.ts.
const ROW = 6u;
const APPLIES = 0u;
const FACTORS = 1u;
const ORDER = 5u;

const CONTRAST = 1u;
const SATURATION = 2u;
const LUMA = vec3f(0.2989, 0.587, 0.114); // torchvision's

struct Params {
  N: u32,
  pixels: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>; // [N, H, W, 3], pixels = H * W
@group(0) @binding(1) var<storage, read> rows: array<f32>; // [N, ROW]
@group(0) @binding(2) var<storage, read_write> y: array<f32>; // [N, H, W, 3]
@group(0) @binding(3) var<uniform> params: Params;

var<workgroup> sums: array<f32, WG>;

fn jitterAt(order: u32, step: u32) -> u32 {
  return (order >> (2u * step)) & 3u;
}

/// The hue in sixths of a turn, -1 .. 5; 0 for greys.
fn sixths(c: vec3f, value: f32, chroma: f32) -> f32 {
  let divisor = select(chroma, 1.0, chroma == 0.0);
  if (value == c.r) {
    return (c.g - c.b) / divisor;
  }
  if (value == c.g) {
    return 2.0 + (c.b - c.r) / divisor;
  }
  return 4.0 + (c.r - c.g) / divisor;
}

/// value - chroma clamp(min(k, 4 - k)), k = (shift + hue) mod 6: the six cases of torchvision's _hsv2rgb in one formula
/// (https://en.wikipedia.org/wiki/HSL_and_HSV#HSV_to_RGB_alternative).
fn turned(c: vec3f, turns: f32) -> vec3f {
  let value = max(c.r, max(c.g, c.b));
  let chroma = value - min(c.r, min(c.g, c.b));
  let hue = vec3f(5.0, 3.0, 1.0) + sixths(c, value, chroma) + 6.0 * turns;
  let k = hue - 6.0 * floor(hue / 6.0);
  return value - chroma * saturate(min(k, 4.0 - k));
}

fn adjust(c: vec3f, jitter: u32, factor: f32, mean: f32) -> vec3f {
  switch jitter {
    case CONTRAST: {
      return saturate(factor * c + (1.0 - factor) * mean);
    }
    case SATURATION: {
      return saturate(factor * c + (1.0 - factor) * dot(LUMA, c));
    }
    case 0u: { // brightness
      return saturate(factor * c);
    }
    default: {
      return turned(c, factor);
    }
  }
}

/// Pixel p of image n after the first `steps` jitters of its order.
fn pixel(n: u32, p: u32, steps: u32, mean: f32) -> vec3f {
  let at = 3u * (n * params.pixels + p);
  var c = vec3f(x[at], x[at + 1u], x[at + 2u]);
  let order = u32(rows[n * ROW + ORDER]);
  for (var step = 0u; step < steps; step++) {
    let jitter = jitterAt(order, step);
    c = adjust(c, jitter, rows[n * ROW + FACTORS + jitter], mean);
  }
  return c;
}

@compute @workgroup_size(WG)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  for (var n = group.x; n < params.N; n += groups.x) {
    let order = u32(rows[n * ROW + ORDER]);
    var before = 0u; // jitters that come before contrast
    while (before < 3u && jitterAt(order, before) != CONTRAST) {
      before++;
    }
    var sum = 0.0;
    for (var p = local; p < params.pixels; p += WG) {
      sum += dot(LUMA, pixel(n, p, before, 0.0));
    }
    sums[local] = sum;
    for (var half = WG / 2u; half > 0u; half /= 2u) {
      workgroupBarrier(); // the halves are complete
      if (local < half) {
        sums[local] += sums[local + half];
      }
    }
    let mean = workgroupUniformLoad(&sums[0]) / f32(params.pixels); // waits before and after

    let steps = select(0u, 4u, rows[n * ROW + APPLIES] != 0.0);
    for (var p = local; p < params.pixels; p += WG) {
      let c = pixel(n, p, steps, mean);
      let at = 3u * (n * params.pixels + p);
      y[at] = c.r;
      y[at + 1u] = c.g;
      y[at + 2u] = c.b;
    }
  }
}
