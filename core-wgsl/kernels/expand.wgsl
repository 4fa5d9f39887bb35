// Repetition along new axes: y[o, n, i] = x[o, i].
//
// workgroups: outer * count * inner / WG
const WG = 256;

struct Params { outer: u32, count: u32, inner: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>; // [outer, inner]
@group(0) @binding(1) var<storage, read_write> y: array<f32>; // [outer, count, inner]
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let row = params.count * params.inner;
  for (var at = id.x; at < params.outer * row; at += groups.x * WG) {
    y[at] = x[at / row * params.inner + at % params.inner];
  }
}
