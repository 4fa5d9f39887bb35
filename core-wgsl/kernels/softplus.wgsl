// Softplus: y = log(1 + e^x) = max(x, 0) + log(1 + e^-|x|).
//
// The logarithm is a series: WGSL's own may be off by 2^-21 near 1, and 1 + e^-|x| is 1 where x is below -17.
//
// workgroups: size / WG
const WG = 256;

struct Params { size: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>; // [size]
@group(0) @binding(1) var<storage, read_write> y: array<f32>; // [size]
@group(0) @binding(2) var<uniform> params: Params;

/// log(1 + t) for 0 <= t <= 1: with s = t / (2 + t) <= 1/3 it is 2 artanh s = 2 s + s r, and 2 s is t - s t.
/// r = 2 s^2 / 3 + 2 s^4 / 5 + ...; what is cut off is below 2^-26 of it all.
fn log1p(t: f32) -> f32 {
  let s = t / (2 + t);
  let z = s * s;
  let r = z * (2.0 / 3 + z * (2.0 / 5 + z * (2.0 / 7 + z * (2.0 / 9 + z * (2.0 / 11 + z * (2.0 / 13))))));
  return t - s * (t - r);
}

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  for (var i = id.x; i < params.size; i += groups.x * WG) {
    y[i] = max(x[i], 0) + log1p(exp(-abs(x[i])));
  }
}
