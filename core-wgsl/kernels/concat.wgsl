// One after the other along the first axis: y = [a; b].
//
// Each thread copies elements of a, then elements of b; the grid is made for a, since views are of one size.
//
// workgroups: first / WG
const WG = 256;

struct Params { first: u32, second: u32 }

@group(0) @binding(0) var<storage, read> a: array<f32>; // [first]
@group(0) @binding(1) var<storage, read> b: array<f32>; // [second]
@group(0) @binding(2) var<storage, read_write> y: array<f32>; // [first + second]
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  for (var i = id.x; i < params.first; i += groups.x * WG) { y[i] = a[i]; }
  for (var i = id.x; i < params.second; i += groups.x * WG) { y[params.first + i] = b[i]; }
}
