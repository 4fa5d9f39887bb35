// Batch normalisation: y = (x - mean) / sqrt(var + eps) * gamma + beta, and max(y, 0) with relu.
//
// workgroups: groups * rows * channels / WG
const WG = 256;

struct Params {
  groups: u32, rows: u32, chunks: u32, chunk: u32, channels: u32, relu: u32, eps: f32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>; // [groups, rows, channels]
@group(0) @binding(1) var<storage, read> moments: array<f32>; // [groups, 2, channels]
@group(0) @binding(2) var<storage, read> gamma: array<f32>; // [channels]
@group(0) @binding(3) var<storage, read> beta: array<f32>; // [channels]
@group(0) @binding(4) var<storage, read_write> y: array<f32>; // [groups, rows, channels]
@group(0) @binding(5) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let p = params;
  for (var i = id.x; i < p.groups * p.rows * p.channels; i += groups.x * WG) {
    let c = i % p.channels;
    let at = i / (p.rows * p.channels) * 2 * p.channels + c;
    let scale = gamma[c] * inverseSqrt(moments[at + p.channels] + p.eps);
    let value = (x[i] - moments[at]) * scale + beta[c];
    y[i] = select(value, max(value, 0), p.relu == 1);
  }
}
