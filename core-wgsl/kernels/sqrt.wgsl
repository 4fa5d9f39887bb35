// Square root: y = sqrt x.
//
// workgroups: size / WG
const WG = 256;

struct Params { size: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>; // [size]
@group(0) @binding(1) var<storage, read_write> y: array<f32>; // [size]
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  for (var i = id.x; i < params.size; i += groups.x * WG) {
    y[i] = sqrt(x[i]);
  }
}
