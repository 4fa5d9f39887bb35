// What indices name, row by row: y[n, i] = x[n, indices[n, i]].
//
// workgroups: N * k / WG
const WG = 256;

struct Params { N: u32, M: u32, k: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>; // [N, M]
@group(0) @binding(1) var<storage, read> indices: array<u32>; // [N, k]
@group(0) @binding(2) var<storage, read_write> y: array<f32>; // [N, k]
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let p = params;
  for (var i = id.x; i < p.N * p.k; i += groups.x * WG) {
    y[i] = x[i / p.k * p.M + indices[i]];
  }
}
