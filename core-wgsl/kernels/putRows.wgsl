// Rows written into a ring, in place: bank[(position + n) mod K] = rows[n].
//
// workgroups: N * D / WG
const WG = 256;

struct Params { K: u32, N: u32, D: u32 }

@group(0) @binding(0) var<storage, read> rows: array<f32>; // [N, D]
@group(0) @binding(1) var<storage, read> position: array<u32>; // [1]
@group(0) @binding(2) var<storage, read_write> bank: array<f32>; // [K, D]
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let p = params;
  let first = position[0] % p.K;
  for (var i = id.x; i < p.N * p.D; i += groups.x * WG) {
    bank[(first + i / p.D) % p.K * p.D + i % p.D] = rows[i];
  }
}
