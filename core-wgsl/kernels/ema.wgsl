// Exponential moving average, in place: target <- momentum * target + (1 - momentum) * value.
//
// workgroups: size / WG
const WG = 256;

struct Params { size: u32 }

@group(0) @binding(0) var<storage, read> value: array<f32>; // [size]
@group(0) @binding(1) var<storage, read> momentum: array<f32>; // [1]
@group(0) @binding(2) var<storage, read_write> average: array<f32>; // [size], the target: a reserved word of WGSL
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let kept = momentum[0];
  for (var i = id.x; i < params.size; i += groups.x * WG) {
    average[i] = kept * average[i] + (1 - kept) * value[i];
  }
}
