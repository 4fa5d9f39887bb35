// The rows that indices name: y[n] = x[indices[n]].
//
// workgroups: N * D / WG
const WG = 256;

struct Params { N: u32, D: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>; // [M, D]
@group(0) @binding(1) var<storage, read> indices: array<u32>; // [N]
@group(0) @binding(2) var<storage, read_write> y: array<f32>; // [N, D]
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let p = params;
  for (var i = id.x; i < p.N * p.D; i += groups.x * WG) {
    y[i] = x[indices[i / p.D] * p.D + i % p.D];
  }
}
