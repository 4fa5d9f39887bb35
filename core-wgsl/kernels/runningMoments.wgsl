// What a step contributes to running statistics: the mean over groups of means, and of unbiased variances
// n / (n - 1) var.
//
// workgroups: channels * 2 / WG
const WG = 64;

struct Params { groups: u32, channels: u32, unbias: f32 }

@group(0) @binding(0) var<storage, read> moments: array<f32>; // [groups, 2, channels]
@group(0) @binding(1) var<storage, read_write> y: array<f32>; // [2, channels]
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let p = params;
  for (var i = id.x; i < 2 * p.channels; i += workgroups.x * WG) {
    var total = 0.0;
    for (var g = 0u; g < p.groups; g++) { total += moments[g * 2 * p.channels + i]; }
    y[i] = total * select(1.0, p.unbias, i >= p.channels) / f32(p.groups);
  }
}
