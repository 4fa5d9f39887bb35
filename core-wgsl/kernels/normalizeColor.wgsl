// y[p, c] = (x[p, c] - mean[c]) / std[c]
//
// One invocation a pixel.

// workgroups: pixels / WG
const WG = 256u;

struct Params {
  pixels: u32,
  meanR: f32,
  meanG: f32,
  meanB: f32,
  stdR: f32,
  stdG: f32,
  stdB: f32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>; // [pixels, 3]
@group(0) @binding(1) var<storage, read_write> y: array<f32>; // [pixels, 3]
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  for (var p = id.x; p < params.pixels; p += groups.x * WG) {
    y[3u * p] = (x[3u * p] - params.meanR) / params.stdR;
    y[3u * p + 1u] = (x[3u * p + 1u] - params.meanG) / params.stdG;
    y[3u * p + 2u] = (x[3u * p + 2u] - params.meanB) / params.stdB;
  }
}
