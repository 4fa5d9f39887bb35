// The labels that samples have: y[n] = labels[indices[n]].
//
// workgroups: N / WG
const WG = 256;

struct Params { N: u32 }

@group(0) @binding(0) var<storage, read> labels: array<u32>; // [M]
@group(0) @binding(1) var<storage, read> indices: array<u32>; // [N]
@group(0) @binding(2) var<storage, read_write> y: array<u32>; // [N]
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  for (var n = id.x; n < params.N; n += groups.x * WG) {
    y[n] = labels[indices[n]];
  }
}
