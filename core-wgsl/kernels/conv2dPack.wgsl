// A convolution's weights as conv2dBias wants them: as they are.
//
// workgroups: size / WG
const WG = 256;

struct Params {
  N: u32, H: u32, W: u32, C: u32, O: u32, KH: u32, KW: u32, OH: u32, OW: u32,
  stride: u32, padding: u32, dilation: u32, groups: u32, size: u32,
}

@group(0) @binding(0) var<storage, read> w: array<f32>; // [O, KH, KW, C]
@group(0) @binding(1) var<storage, read_write> y: array<f32>; // [O, KH, KW, C], and room
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  for (var i = id.x; i < params.size; i += groups.x * WG) {
    y[i] = w[i];
  }
}
