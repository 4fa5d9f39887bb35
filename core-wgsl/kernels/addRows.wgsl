// Rows added up where indices name, in place: bank[k] += sum of rows[n] where indices[n] = k.
//
// A thread takes a number of the bank and looks through the indices, which are the same for its neighbours.
//
// workgroups: K * D / WG
const WG = 256;

struct Params { K: u32, N: u32, D: u32 }

@group(0) @binding(0) var<storage, read> rows: array<f32>; // [N, D]
@group(0) @binding(1) var<storage, read> indices: array<u32>; // [N]
@group(0) @binding(2) var<storage, read_write> bank: array<f32>; // [K, D]
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let p = params;
  for (var i = id.x; i < p.K * p.D; i += groups.x * WG) {
    let k = i / p.D;
    let d = i % p.D;
    var total = 0.0;
    for (var n = 0u; n < p.N; n++) {
      if (indices[n] == k) { total += rows[n * p.D + d]; }
    }
    bank[i] += total;
  }
}
