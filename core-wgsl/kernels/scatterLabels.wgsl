// Labels written where indices say, in place: labels[indices[n]] = values[n]; of values with one index the last is kept.
//
// Who finds a later value with the same index writes nothing.
//
// workgroups: N / WG
const WG = 64;

struct Params { N: u32 }

@group(0) @binding(0) var<storage, read> values: array<u32>; // [N]
@group(0) @binding(1) var<storage, read> indices: array<u32>; // [N]
@group(0) @binding(2) var<storage, read_write> labels: array<u32>; // [M]
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  for (var n = id.x; n < params.N; n += groups.x * WG) {
    let index = indices[n];
    var i = n + 1;
    while (i < params.N && indices[i] != index) { i++; }
    if (i >= params.N) { labels[index] = values[n]; }
  }
}
