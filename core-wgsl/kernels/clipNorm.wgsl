// Scales a gradient down to a norm, in place: g <- g * min(1, max / (|g| + 1e-6)).
//
// workgroups: size / WG
const WG = 256;

struct Params { size: u32, max: f32 }

@group(0) @binding(0) var<storage, read> gg: array<f32>; // [1]: |g|^2
@group(0) @binding(1) var<storage, read_write> g: array<f32>; // [size]
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let scale = min(1, params.max / (sqrt(gg[0]) + 1e-6));
  for (var i = id.x; i < params.size; i += groups.x * WG) { g[i] *= scale; }
}
