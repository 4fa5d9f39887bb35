// The same bits: y = x, as 32-bit words of any type.
//
// workgroups: words / WG
const WG = 256;

struct Params { words: u32 }

@group(0) @binding(0) var<storage, read> x: array<u32>; // [words]
@group(0) @binding(1) var<storage, read_write> y: array<u32>; // [words]
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  for (var i = id.x; i < params.words; i += groups.x * WG) {
    y[i] = x[i];
  }
}
